import { isIP } from "node:net";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { StartError } from "./errors.ts";
import type { ConclaveOptions } from "./options.ts";

const DEFAULT_DATA = fileURLToPath(new URL("../../../.data", import.meta.url));
const DEFAULT_PORT = 8008;
const DEFAULT_MEDIA_PORT = 7882;
const DEFAULT_HOST = "127.0.0.1";
const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
const MAX_PORT = 65_535;

/** What `conclave up` was asked for. */
export interface CommandLine {
  readonly options: Omit<ConclaveOptions, "workerBin" | "logger">;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly wantsHelp: boolean;
}

const FLAGS = {
  host: { type: "string" },
  port: { type: "string" },
  "media-port": { type: "string" },
  announce: { type: "string", multiple: true },
  data: { type: "string" },
  site: { type: "string" },
  "public-url": { type: "string" },
  "server-name": { type: "string" },
  "behind-proxy": { type: "boolean" },
  "log-level": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * Reads the arguments of `conclave up`.
 *
 * @throws {StartError} `bad_option`
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const values = parseFlags(args);
  const publicUrl = values["public-url"] === undefined ? undefined : parsePublicUrl(values["public-url"]);
  const serverName = values["server-name"] ?? (publicUrl ? new URL(publicUrl).hostname : undefined);
  return {
    options: {
      host: parseHost(values.host ?? DEFAULT_HOST),
      port: parsePort("--port", values.port ?? String(DEFAULT_PORT)),
      mediaPort: parsePort("--media-port", values["media-port"] ?? String(DEFAULT_MEDIA_PORT)),
      announce: (values.announce ?? []).flatMap((list) => list.split(",")).map(parseAnnounced),
      dataDir: resolve(values.data ?? DEFAULT_DATA),
      isBehindProxy: values["behind-proxy"] ?? false,
      ...(values.site === undefined ? {} : { siteDir: resolve(values.site) }),
      ...(publicUrl === undefined ? {} : { publicUrl }),
      ...(serverName === undefined ? {} : { serverName: parseServerName(serverName) }),
    },
    logLevel: parseLogLevel(values["log-level"] ?? "warn"),
    wantsHelp: values.help ?? false,
  };
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: false }).values;
  } catch (cause) {
    const [sentence] = (cause as Error).message.split(". ");
    throw badOption(`${sentence}; see conclave up --help.`, cause);
  }
}

function badOption(message: string, cause?: unknown): StartError {
  return new StartError("bad_option", message, { cause });
}

function parsePort(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= MAX_PORT)) throw badOption(`${flag} must be a number from 0 to ${MAX_PORT}, not "${text}".`);
  return port;
}

function parseHost(text: string): string {
  if (!/^[A-Za-z0-9.:-]+$/.test(text)) throw badOption(`--host must be an address of this machine, not "${text}".`);
  return text;
}

function parseAnnounced(text: string): string {
  const address = text.trim();
  if (isIP(address) === 0) {
    throw badOption(`--announce must be an IP address that browsers reach, not "${address}".`);
  }
  return address;
}

function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin = url && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.search && !url.hash;
  if (!isOrigin) {
    throw badOption(`--public-url must be like https://call.example.org, without a path, not "${text}".`);
  }
  return url.origin;
}

function parseServerName(text: string): string {
  if (!/^[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(text)) {
    throw badOption(`--server-name must be a host name, optionally with a port, not "${text}".`);
  }
  return text;
}

function parseLogLevel(text: string): CommandLine["logLevel"] {
  const level = LOG_LEVELS.find((name) => name === text);
  if (!level) throw badOption(`--log-level must be one of ${LOG_LEVELS.join(", ")}, not "${text}".`);
  return level;
}
