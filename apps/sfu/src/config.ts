import { z } from "zod";

import { SfuError } from "./errors.ts";

/** Shorter secrets can be guessed; LiveKit's server demands the same outside its development mode. */
const MIN_SECRET_CHARACTERS = 32;
const MAX_PORT = 65_535;
const DEFAULT_HTTP_PORT = 7880;
const DEFAULT_MEDIA_PORT = 7882;

const port = z.coerce.number().int().min(0).max(MAX_PORT);
const switchable = z.enum(["true", "false"]).transform((value) => value === "true");

const apiKeys = z.string().transform((text, context) => {
  const keys = new Map<string, string>();
  for (const entry of text.split(",").map((part) => part.trim())) {
    const at = entry.indexOf(":");
    const secret = entry.slice(at + 1).trim();
    if (at < 1 || secret.length < MIN_SECRET_CHARACTERS) {
      context.addIssue({
        code: "custom",
        message: `needs key:secret with at least ${MIN_SECRET_CHARACTERS} characters`,
      });
      return z.NEVER;
    }
    keys.set(entry.slice(0, at).trim(), secret);
  }
  return Object.fromEntries(keys);
});

const addresses = z.string().transform((text) => text.split(/[\s,]+/).filter((part) => part !== ""));

/** The environment of the stand-alone program. `option` in `--help` is made from the descriptions. */
export const environmentSchema = z.object({
  SFU_API_KEYS: apiKeys.describe("key:secret[,key:secret]; tokens signed with one of them are accepted. Required"),
  SFU_WORKER_BIN: z.string().min(1).describe("path of the mediasoup-worker program. Required"),
  SFU_HTTP_HOST: z.string().default("127.0.0.1").describe("address for signalling; default 127.0.0.1"),
  SFU_HTTP_PORT: port.default(DEFAULT_HTTP_PORT).describe(`TCP port for signalling; default ${DEFAULT_HTTP_PORT}`),
  SFU_MEDIA_HOST: z.string().default("127.0.0.1").describe("address that media is bound to; default 127.0.0.1"),
  SFU_MEDIA_PORT: port
    .default(DEFAULT_MEDIA_PORT)
    .describe(`UDP and TCP port for media, 0 for a free one; default ${DEFAULT_MEDIA_PORT}`),
  SFU_ANNOUNCE: addresses.prefault("").describe("addresses told to clients, if others than the bound one (NAT)"),
  SFU_AUTO_CREATE_ROOMS: switchable
    .prefault("true")
    .describe("true: the first join makes the room; false: only the admin side does; default true"),
});

export interface SfuSettings {
  readonly http: { readonly host: string; readonly port: number };
  readonly sfu: {
    readonly apiKeys: Readonly<Record<string, string>>;
    readonly mediaPort: number;
    readonly mediaHost: string;
    readonly announce: readonly string[];
    readonly workerBin: string;
    readonly autoCreateRooms: boolean;
  };
}

/**
 * Reads the environment.
 *
 * @throws {SfuError} `config_invalid`, naming every fault and no secret
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): SfuSettings {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new SfuError("config_invalid", faults.join("; "));
  }
  const { data } = parsed;
  return {
    http: { host: data.SFU_HTTP_HOST, port: data.SFU_HTTP_PORT },
    sfu: {
      apiKeys: data.SFU_API_KEYS,
      mediaPort: data.SFU_MEDIA_PORT,
      mediaHost: data.SFU_MEDIA_HOST,
      announce: data.SFU_ANNOUNCE,
      workerBin: data.SFU_WORKER_BIN,
      autoCreateRooms: data.SFU_AUTO_CREATE_ROOMS,
    },
  };
}

/** The text of `--help`. */
export function usageText(): string {
  const lines = Object.entries(environmentSchema.shape).map(
    ([name, schema]) => `  ${name.padEnd(22)} ${schema.description ?? ""}`,
  );
  return ["Conclave SFU: LiveKit signalling on mediasoup. Configured by the environment:", "", ...lines, ""].join("\n");
}
