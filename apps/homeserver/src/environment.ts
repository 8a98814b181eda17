import * as z from "zod";

import { configSchema, limitsSchema } from "./config.ts";
import type { HomeserverConfig } from "./Homeserver.ts";

/** A setting that makes it impossible to start; the message is for the operator. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** What the program needs beyond the homeserver's own configuration. */
export interface ProgramSettings {
  readonly homeserver: HomeserverConfig;
  readonly host: string;
  /** TCP port; 0 takes a free one. */
  readonly port: number;
  readonly logLevel: LogLevel;
}

const environmentSchema = z.object({
  HOMESERVER_HOST: z.string().default("127.0.0.1"),
  HOMESERVER_PORT: z.coerce.number().int().min(0).max(65_535).default(8008),
  HOMESERVER_NAME: z.string().default("localhost"),
  HOMESERVER_PUBLIC_URL: z.string().optional(),
  HOMESERVER_DATABASE: z.string().default("homeserver.sqlite"),
  HOMESERVER_LIVEKIT_SERVICE_URLS: z.string().default(""),
  HOMESERVER_LIMITS: z.string().default("{}"),
  HOMESERVER_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

/** Reads the environment. @throws {SettingsError} that names every fault */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): ProgramSettings {
  const values = check(environmentSchema, environment);
  const { HOMESERVER_HOST: host, HOMESERVER_PORT: port } = values;
  const homeserver = check(configSchema, {
    serverName: values.HOMESERVER_NAME,
    publicUrl: values.HOMESERVER_PUBLIC_URL ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    databasePath: values.HOMESERVER_DATABASE,
    livekitServiceUrls: values.HOMESERVER_LIVEKIT_SERVICE_URLS.split(",").filter((text) => text !== ""),
    limits: readLimits(values.HOMESERVER_LIMITS),
  });
  return { homeserver, host, port, logLevel: values.HOMESERVER_LOG_LEVEL };
}

function readLimits(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SettingsError("HOMESERVER_LIMITS is not JSON.");
  }
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw new SettingsError(`The settings are wrong.\n${z.prettifyError(result.error)}`);
  return result.data;
}

/** What `--help` prints. */
export const USAGE = `Usage: conclave homeserver [--help]

A Matrix homeserver for the rooms of one machine: SQLite, no federation. Settings are environment variables:

  HOMESERVER_NAME                  part after the colon in user ids, for ever (localhost)
  HOMESERVER_PUBLIC_URL            where clients reach it (http://HOST:PORT)
  HOMESERVER_DATABASE              SQLite file (homeserver.sqlite)
  HOMESERVER_LIVEKIT_SERVICE_URLS  service URLs of RTC transports, separated by commas (none)
  HOMESERVER_HOST                  address to listen on (127.0.0.1)
  HOMESERVER_PORT                  port to listen on, 0 for a free one (8008)
  HOMESERVER_LOG_LEVEL             debug, info, warn or error (info)
  HOMESERVER_LIMITS                JSON object with any of:
                                   ${Object.keys(limitsSchema.shape).join(",\n                                   ")}
`;
