import { CallError } from "@conclave/call";

/** What whoever runs the site decides: `/config.json`. */
export interface AppConfig {
  /** Base URL of the homeserver's client API; the site's own origin unless told otherwise. */
  readonly homeserverUrl: string;
  /** Whether `?homeserver=` in a link may name another one. */
  readonly allowHomeserverParameter: boolean;
  /** MSC4195 service to use when the homeserver names no media server. */
  readonly livekitServiceUrl: string | undefined;
  /** Shown as the name of the product. */
  readonly brand: string | undefined;
}

const MAX_BRAND_LENGTH = 40;

/**
 * Reads the settings of a site. Unknown fields are ignored.
 *
 * @param content parsed JSON, of any shape
 * @throws {CallError} `config_invalid`, naming every faulty field
 */
export function parseAppConfig(content: unknown, origin: string): AppConfig {
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new CallError("config_invalid", "config.json is not an object");
  const { homeserverUrl, allowHomeserverParameter, livekitServiceUrl, brand } = content as Record<string, unknown>;
  const faults = [
    ...(isOptionalUrl(homeserverUrl) ? [] : ["homeserverUrl: an http or https URL"]),
    ...(isOptionalUrl(livekitServiceUrl) ? [] : ["livekitServiceUrl: an http or https URL"]),
    ...(isAbsent(allowHomeserverParameter) || typeof allowHomeserverParameter === "boolean"
      ? []
      : ["allowHomeserverParameter: true or false"]),
    ...(isAbsent(brand) || typeof brand === "string" ? [] : ["brand: a text"]),
  ];
  if (faults.length > 0) throw new CallError("config_invalid", `config.json: ${faults.join("; ")}`);
  return {
    homeserverUrl: typeof homeserverUrl === "string" ? toBaseUrl(homeserverUrl) : origin,
    allowHomeserverParameter: allowHomeserverParameter === true,
    livekitServiceUrl: typeof livekitServiceUrl === "string" ? livekitServiceUrl : undefined,
    brand: typeof brand === "string" && brand !== "" ? brand.slice(0, MAX_BRAND_LENGTH) : undefined,
  };
}

/** True for what may be asked as a server: http and https only. */
export function isServerUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Without the slash at the end. */
export function toBaseUrl(url: string): string {
  return url.replace(/\/+$/, "");
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isOptionalUrl(value: unknown): boolean {
  return isAbsent(value) || (typeof value === "string" && isServerUrl(value));
}
