import type { ProgramConfig, Remark } from "./config.ts";

/** A setting that makes it impossible to start; the message is one sentence for the operator. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Environment = Readonly<Record<string, string | undefined>>;
export type ReadFile = (path: string) => string;

/** An address to listen on. */
export interface Bind {
  readonly host: string;
  readonly port: number;
}

/** Reads the API key and its secret, from files or variables. @throws {ConfigError} */
export function parseCredentials(environment: Environment, readFile: ReadFile): { key: string; secret: string } {
  const both = environment["LIVEKIT_KEY_FILE"];
  if (both) {
    const parts = readSecretFile(readFile, both).split(":");
    if (parts.length !== 2) throw new ConfigError("LIVEKIT_KEY_FILE must hold one line of the form `key: secret`.");
    return present(parts[0], parts[1]);
  }
  const keyFile = environment["LIVEKIT_KEY_FROM_FILE"];
  const secretFile = environment["LIVEKIT_SECRET_FROM_FILE"];
  return present(
    keyFile ? readSecretFile(readFile, keyFile) : environment["LIVEKIT_KEY"],
    secretFile ? readSecretFile(readFile, secretFile) : environment["LIVEKIT_SECRET"],
  );
}

/** Reads a file that holds a secret. @throws {ConfigError} */
export function readSecretFile(readFile: ReadFile, path: string): string {
  try {
    return readFile(path);
  } catch {
    throw new ConfigError(`The file ${path} cannot be read; check its path and permissions.`);
  }
}

function present(key = "", secret = ""): { key: string; secret: string } {
  const trimmed = { key: key.trim(), secret: secret.trim() };
  if (trimmed.key && trimmed.secret) return trimmed;
  throw new ConfigError("LIVEKIT_KEY and LIVEKIT_SECRET (or their _FROM_FILE forms, or LIVEKIT_KEY_FILE) must be set.");
}

/** Reads `host:port` or `:port`. @throws {ConfigError} */
export function parseBind(name: string, text: string): Bind {
  const [, host = "", port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new ConfigError(`${name} must have the form host:port or :port.`);
  }
  return { host: host.replace(/^\[|\]$/g, "") || "::", port: Number(port) };
}

/** Reads an integer that is not negative; `undefined` if it is not set. @throws {ConfigError} */
export function parseCount(environment: Environment, name: string): number | undefined {
  const text = environment[name];
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ConfigError(`${name} must be an integer that is not negative.`);
}

/** Reads the log level; an unknown one is `info`, with a remark. */
export function parseLogLevel(name: string): {
  readonly level: ProgramConfig["logLevel"];
  readonly remarks: readonly Remark[];
} {
  switch (name.toLowerCase()) {
    case "debug":
    case "info":
    case "warn":
    case "error":
      return { level: name.toLowerCase() as ProgramConfig["logLevel"], remarks: [] };
    case "warning":
      return { level: "warn", remarks: [] };
    default: {
      const sentence = "LIVEKIT_LOG_LEVEL is none of debug, info, warn, error; info is used.";
      return { level: "info", remarks: [{ level: "warn", sentence }] };
    }
  }
}
