import { tryBaseUrl } from "./adapters/clientApis.ts";
import { AllowedNetworks } from "./adapters/internalAddress.ts";
import {
  ConfigError,
  parseBind,
  parseCount,
  parseCredentials,
  parseLogLevel,
  readSecretFile,
  type Bind,
  type Environment,
  type ReadFile,
} from "./environment.ts";
import type { GrantLimits, JwtServiceConfig } from "./ports.ts";

/** Names of the environment are lk-jwt-service's, so that its deployments work unchanged; what goes beyond it begins with `CONCLAVE_JWT_`. */
export interface ProgramConfig extends JwtServiceConfig {
  readonly bind: Bind;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** False only by the exact phrase that says so. */
  readonly isTlsChecked: boolean;
  /** TLS checks are off and nobody said which networks are allowed: all are. */
  readonly isLaboratory: boolean;
  /** Internal networks that everybody's servers may be in; `undefined`: none, but own servers may be anywhere. */
  readonly internalNetworks: AllowedNetworks | undefined;
  readonly clientApiOverrides: ReadonlyMap<string, string>;
  readonly redisUrl: string | undefined;
  /** A second listener, for `/metrics`; by default none, because the first is open to the world. */
  readonly metricsBind: Bind | undefined;
  readonly membershipToken: string | undefined;
  readonly isSelfChecked: boolean;
  /** What the operator should know about the settings, said once at the start. */
  readonly remarks: readonly Remark[];
}

export interface Remark {
  readonly level: "error" | "warn";
  readonly sentence: string;
}

const TLS_PHRASE = "YES_I_KNOW_WHAT_I_AM_DOING";
/** HMAC with SHA-256 is as strong as its key up to this. @see RFC 7518 §3.2 */
const MIN_SECRET_BYTES = 32;

/** Reads the environment. @throws {ConfigError} with one sentence for the operator */
export function parseConfig(environment: Environment, readFile: ReadFile, isStrict = false): ProgramConfig {
  const livekitUrl = environment["LIVEKIT_URL"] ?? "";
  if (!/^wss?:\/\/[^/?#\s]/.test(livekitUrl) || !URL.canParse(livekitUrl)) {
    throw new ConfigError("LIVEKIT_URL must be set to the SFU's WebSocket URL, for example wss://sfu.example.org.");
  }
  const { key, secret } = parseCredentials(environment, readFile);
  const isTlsChecked = environment["LIVEKIT_INSECURE_SKIP_VERIFY_TLS"] !== TLS_PHRASE;
  const log = parseLogLevel(environment["LIVEKIT_LOG_LEVEL"] ?? "info");
  const networks = environment["CONCLAVE_JWT_INTERNAL_NETWORKS"];
  const isLaboratory = !isTlsChecked && !networks;
  const remarks = [...log.remarks, ...judgeSecret(secret, isStrict), ...(isLaboratory ? [LABORATORY] : [])];
  return {
    livekitUrl,
    livekitKey: key,
    livekitSecret: secret,
    fullAccessHomeservers: parseHomeservers(environment["LIVEKIT_FULL_ACCESS_HOMESERVERS"] ?? ""),
    bind: parseJwtBind(environment),
    logLevel: log.level,
    isTlsChecked,
    isLaboratory,
    internalNetworks: parseNetworks(networks || (isLaboratory ? EVERYWHERE : undefined)),
    clientApiOverrides: parseOverrides(environment["LIVEKIT_CS_API_URL_OVERRIDES"] ?? ""),
    sanityIntervalMs: parseSanity(environment),
    redisUrl: parseRedisUrl(environment["LIVEKIT_REDIS_URL"] ?? ""),
    metricsBind: environment["CONCLAVE_JWT_METRICS_BIND"]
      ? parseBind("CONCLAVE_JWT_METRICS_BIND", environment["CONCLAVE_JWT_METRICS_BIND"])
      : undefined,
    limits: parseLimits(environment),
    canRestrictedPublish: environment["CONCLAVE_JWT_RESTRICTED_MAY_PUBLISH"] !== "false",
    membershipToken: parseMembershipToken(environment, readFile),
    isSelfChecked: environment["CONCLAVE_JWT_SELF_CHECK"] !== "off",
    remarks,
  };
}

const EVERYWHERE = "0.0.0.0/0,::/0";

const LABORATORY: Remark = {
  level: "warn",
  sentence:
    "TLS certificates are not checked and internal addresses are allowed for everybody (LIVEKIT_INSECURE_SKIP_VERIFY_TLS): for laboratories only.",
};

function judgeSecret(secret: string, isStrict: boolean): readonly Remark[] {
  if (Buffer.byteLength(secret) >= MIN_SECRET_BYTES) return [];
  const sentence = `LIVEKIT_SECRET has fewer than ${MIN_SECRET_BYTES} bytes, so tokens can be forged by trying: make a longer one with \`openssl rand -hex 32\`, here and in the SFU's configuration.`;
  if (isStrict) throw new ConfigError(sentence);
  return [{ level: "error", sentence }];
}

function parseHomeservers(list: string): readonly string[] {
  const names = list.split(/[\s,]+/).filter(Boolean);
  if (names.length > 0) return names;
  throw new ConfigError("LIVEKIT_FULL_ACCESS_HOMESERVERS must name the homeservers that may create rooms, or be `*`.");
}

function parseJwtBind(environment: Environment): Bind {
  const bind = environment["LIVEKIT_JWT_BIND"];
  const port = environment["LIVEKIT_JWT_PORT"];
  if (bind && port) throw new ConfigError("Set LIVEKIT_JWT_BIND or LIVEKIT_JWT_PORT, not both.");
  return parseBind("LIVEKIT_JWT_BIND", port ? `:${port}` : (bind ?? ":8080"));
}

function parseNetworks(list: string | undefined): AllowedNetworks | undefined {
  if (list === undefined) return undefined;
  const networks = list.split(/[\s,]+/).filter((network) => network !== "" && network !== "none");
  try {
    return new AllowedNetworks(networks);
  } catch (fault) {
    const entry = fault instanceof RangeError ? fault.message : list;
    throw new ConfigError(`CONCLAVE_JWT_INTERNAL_NETWORKS must list networks such as 10.0.0.0/8; "${entry}" is none.`);
  }
}

function parseOverrides(list: string): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  for (const pair of list.split(",").map((text) => text.trim())) {
    if (pair === "") continue;
    const cut = pair.indexOf("=");
    const server = pair.slice(0, Math.max(0, cut)).trim();
    const url = tryBaseUrl(pair.slice(cut + 1).trim());
    if (server === "" || url === undefined) {
      throw new ConfigError("LIVEKIT_CS_API_URL_OVERRIDES must have the form server=https://url,server=https://url.");
    }
    overrides.set(server, url);
  }
  return overrides;
}

function parseSanity(environment: Environment): number | "auto" {
  const seconds = parseCount(environment, "LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS");
  return seconds === undefined ? "auto" : seconds * 1000;
}

function parseRedisUrl(url: string): string | undefined {
  if (url === "") return undefined;
  if (/^rediss?:\/\/[^/]/.test(url) && URL.canParse(url)) return url;
  throw new ConfigError("LIVEKIT_REDIS_URL must have the form redis://host:port/db.");
}

function parseLimits(environment: Environment): Partial<GrantLimits> {
  const user = parseCount(environment, "CONCLAVE_JWT_USER_PER_MINUTE");
  const server = parseCount(environment, "CONCLAVE_JWT_SERVER_PER_MINUTE");
  const all = parseCount(environment, "CONCLAVE_JWT_REQUESTS_PER_SECOND");
  return {
    ...(user === undefined ? {} : { userPerMinute: user, ownUserPerMinute: user }),
    ...(server === undefined ? {} : { serverPerMinute: server }),
    ...(all === undefined ? {} : { perSecond: all }),
  };
}

function parseMembershipToken(environment: Environment, readFile: ReadFile): string | undefined {
  const path = environment["CONCLAVE_JWT_SYNAPSE_ADMIN_TOKEN_FROM_FILE"];
  return path ? readSecretFile(readFile, path).trim() : undefined;
}
