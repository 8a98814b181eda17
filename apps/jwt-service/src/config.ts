import { z } from "zod";

import type { JwtServiceConfig } from "./ports.ts";

/** Names of the environment are lk-jwt-service's, so that its deployments work unchanged. */
export interface ProgramConfig extends JwtServiceConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** Set only by the exact phrase that says so. */
  readonly isTlsUnchecked: boolean;
  /** Variables that are set but have no effect here. */
  readonly ignored: readonly string[];
}

/** A setting that makes it impossible to start; the message is one sentence for the operator. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;
type ReadFile = (path: string) => string;

const DEFAULT_BIND = ":8080";
const TLS_PHRASE = "YES_I_KNOW_WHAT_I_AM_DOING";
const IGNORED = ["LIVEKIT_CS_API_URL_OVERRIDES", "LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS", "LIVEKIT_REDIS_URL"] as const;

const webSocketUrl = z.url({ protocol: /^wss?$/ });

/** Reads the environment. @throws {ConfigError} */
export function parseConfig(environment: Environment, readFile: ReadFile): ProgramConfig {
  const livekitUrl = environment["LIVEKIT_URL"] ?? "";
  if (!webSocketUrl.safeParse(livekitUrl).success) {
    throw new ConfigError("LIVEKIT_URL must be set to the SFU's WebSocket URL, for example wss://sfu.example.org.");
  }
  const { key, secret } = parseCredentials(environment, readFile);
  return {
    livekitUrl,
    livekitKey: key,
    livekitSecret: secret,
    fullAccessHomeservers: parseHomeservers(environment["LIVEKIT_FULL_ACCESS_HOMESERVERS"] ?? ""),
    ...parseBind(environment),
    logLevel: parseLogLevel(environment["LIVEKIT_LOG_LEVEL"] ?? "info"),
    isTlsUnchecked: environment["LIVEKIT_INSECURE_SKIP_VERIFY_TLS"] === TLS_PHRASE,
    ignored: IGNORED.filter((name) => environment[name]),
  };
}

function parseCredentials(environment: Environment, readFile: ReadFile): { key: string; secret: string } {
  const both = environment["LIVEKIT_KEY_FILE"];
  if (both) {
    const parts = read(readFile, both).split(":");
    if (parts.length !== 2) throw new ConfigError("LIVEKIT_KEY_FILE must hold one line of the form `key: secret`.");
    return present(parts[0], parts[1]);
  }
  const keyFile = environment["LIVEKIT_KEY_FROM_FILE"];
  const secretFile = environment["LIVEKIT_SECRET_FROM_FILE"];
  return present(
    keyFile ? read(readFile, keyFile) : environment["LIVEKIT_KEY"],
    secretFile ? read(readFile, secretFile) : environment["LIVEKIT_SECRET"],
  );
}

function read(readFile: ReadFile, path: string): string {
  try {
    return readFile(path);
  } catch {
    throw new ConfigError(`The file ${path} cannot be read; check its path and permissions.`);
  }
}

function present(key = "", secret = ""): { key: string; secret: string } {
  const trimmed = { key: key.trim(), secret: secret.trim() };
  if (!trimmed.key || !trimmed.secret) {
    throw new ConfigError(
      "LIVEKIT_KEY and LIVEKIT_SECRET (or their _FROM_FILE forms, or LIVEKIT_KEY_FILE) must be set.",
    );
  }
  return trimmed;
}

function parseHomeservers(list: string): readonly string[] {
  const names = list.split(/[\s,]+/).filter(Boolean);
  if (names.length === 0) {
    throw new ConfigError(
      "LIVEKIT_FULL_ACCESS_HOMESERVERS must name the homeservers that may create rooms, or be `*`.",
    );
  }
  return names;
}

function parseBind(environment: Environment): { host: string; port: number } {
  const bind = environment["LIVEKIT_JWT_BIND"];
  const bare = environment["LIVEKIT_JWT_PORT"];
  if (bind && bare) throw new ConfigError("Set LIVEKIT_JWT_BIND or LIVEKIT_JWT_PORT, not both.");
  const [, host = "", port] = /^(.*):(\d{1,5})$/.exec(bare ? `:${bare}` : (bind ?? DEFAULT_BIND)) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new ConfigError("LIVEKIT_JWT_BIND must have the form host:port or :port.");
  }
  return { host: host.replace(/^\[|\]$/g, "") || "::", port: Number(port) };
}

function parseLogLevel(name: string): ProgramConfig["logLevel"] {
  switch (name.toLowerCase()) {
    case "debug":
      return "debug";
    case "warn":
    case "warning":
      return "warn";
    case "error":
      return "error";
    default:
      return "info";
  }
}
