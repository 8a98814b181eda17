import { isRecord } from "../json.ts";
import type { RtcTransport } from "../model.ts";

const MAX_SERVICE_URL_LENGTH = 2_048;
/** A thousand members share a few services, and parsing a URL is most of what reading a membership costs. */
const MAX_KNOWN_URLS = 256;
const known = new Map<string, string | undefined>();

/**
 * Reads one transport entry of a membership, the transports endpoint or the well-known file.
 *
 * @returns the transport with its URL normalised, or `undefined` if this package cannot use it
 * @see matrixrtc.md 8.1 (entry shapes)
 */
export function tryReadTransport(entry: unknown): RtcTransport | undefined {
  if (!isRecord(entry) || entry["type"] !== "livekit") return undefined;
  const serviceUrl = tryNormaliseServiceUrl(entry["livekit_service_url"]);
  return serviceUrl === undefined ? undefined : { type: "livekit", serviceUrl };
}

function tryNormaliseServiceUrl(text: unknown): string | undefined {
  if (typeof text !== "string" || text.length > MAX_SERVICE_URL_LENGTH) return undefined;
  if (known.has(text)) return known.get(text);
  if (known.size >= MAX_KNOWN_URLS) known.clear();
  const normalised = normalise(text);
  known.set(text, normalised);
  return normalised;
}

/** Lower-case scheme and host, no default port, no trailing slash, query or fragment: equal services compare equal. */
function normalise(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** The wire form of a transport in memberships. */
export function transportEntry(transport: RtcTransport): {
  readonly type: "livekit";
  readonly livekit_service_url: string;
} {
  return { type: transport.type, livekit_service_url: transport.serviceUrl };
}
