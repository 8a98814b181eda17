import { z } from "zod";

const MAX_PORT = 65_535;

const port = z.number().int().min(0).max(MAX_PORT);
const seconds = z.number().int().min(0);
const bound = z.number().int().min(1);
const portRange = z.string().regex(/^\d{1,5}-\d{1,5}$/, "needs a port or a range such as 7882-7885");
const keyMap = z.record(z.string().min(1), z.string());

/** Options without a group. */
const general = {
  port: port.default(7880).describe("TCP port of signalling and server API"),
  bind_addresses: z
    .array(z.string())
    .optional()
    .describe("addresses of signalling and server API; default all, with --dev those of loopback"),
  keys: keyMap.optional().describe("API keys and their secrets, of at least 32 characters unless with --dev"),
  key_file: z.string().min(1).optional().describe("file with one `key: secret` a line, closed to others"),
  prometheus_port: port.optional().describe("port of the metrics page on loopback; default none"),
};

/** Options by group, with LiveKit's names where it has them. */
const groups = {
  rtc: {
    udp_port: z.union([port, portRange]).optional().describe("port or range, one port per worker; default 7882 and up"),
    port_range_start: port.optional().describe("first port, where there is no udp_port"),
    port_range_end: port.optional().describe("last port, where there is no udp_port"),
    tcp_port: port.optional().describe("TCP port of media, 0 for none; default the same as of UDP"),
    node_ip: z.string().min(1).optional().describe("address told to clients; default those of the machine"),
    bind_addresses: z
      .array(z.string())
      .optional()
      .describe("addresses that media is bound to; default 0.0.0.0, with --dev 127.0.0.1"),
    use_external_ip: z.literal(false).optional().describe("false only: give node_ip instead"),
    use_ice_lite: z.literal(true).optional().describe("true only"),
    force_tcp: z.boolean().default(false).describe("whether clients come over TCP only"),
  },
  room: {
    auto_create: z.boolean().default(true).describe("whether the first join makes a room"),
    empty_timeout: seconds.default(300).describe("seconds until a room that nobody has joined is closed"),
    departure_timeout: seconds.default(20).describe("seconds until a room that all have left is closed"),
    max_participants: seconds.default(0).describe("of a room that asks for no number; 0 for the server's limit"),
    enable_remote_unmute: z.boolean().default(false).describe("whether the server API may open microphones"),
  },
  webhook: {
    api_key: z.string().min(1).optional().describe("key that signs webhooks; default the first one"),
    urls: z
      .array(z.url({ protocol: /^https?$/ }))
      .default([])
      .describe("who is told what happens in rooms"),
  },
  limit: {
    rooms: bound.optional().describe("rooms at once"),
    participants: bound.optional().describe("participants at once, over all rooms"),
    participants_per_room: bound.optional().describe("participants of one room"),
    tracks_per_participant: bound.optional().describe("published tracks of one participant"),
    subscriptions_per_participant: bound.optional().describe("tracks that one participant may receive"),
    signal_message_size: bound.optional().describe("bytes of one signalling message"),
    signal_requests_per_second: bound.optional().describe("signalling messages of one client"),
    api_body_size: bound.optional().describe("bytes of one request of the server API"),
    api_requests_per_second: bound.optional().describe("server API requests of one key"),
    max_metadata_size: bound.optional().describe("bytes of metadata of a room or participant"),
    max_attributes_size: bound.optional().describe("bytes of all attributes of a participant"),
    max_room_name_length: bound.optional().describe("characters"),
    max_participant_identity_length: bound.optional().describe("characters"),
    max_participant_name_length: bound.optional().describe("characters"),
  },
  logging: {
    level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("the least that is logged"),
    json: z.literal(true).optional().describe("true only"),
  },
  prometheus: { port: port.optional().describe("as prometheus_port") },
  turn: { enabled: z.literal(false).optional().describe("false only: media has a TCP port of its own") },
  worker: {
    bin: z.string().min(1).optional().describe("the mediasoup-worker program; default the checkout's"),
    count: bound.optional().describe("media workers; default one each core, as far as there are ports"),
  },
} as const;

/** The whole configuration, however it was given. What is not named here is an error. */
export const fileSchema = z.strictObject({
  ...general,
  rtc: z.strictObject(groups.rtc).prefault({}),
  room: z.strictObject(groups.room).prefault({}),
  webhook: z.strictObject(groups.webhook).prefault({}),
  limit: z.strictObject(groups.limit).prefault({}),
  logging: z.strictObject(groups.logging).prefault({}),
  prometheus: z.strictObject(groups.prometheus).prefault({}),
  turn: z.strictObject(groups.turn).prefault({}),
  worker: z.strictObject(groups.worker).prefault({}),
});

export type FileConfig = z.output<typeof fileSchema>;

/** One option, as it is named in files (`path`), as a flag and in the environment. */
export interface ConfigOption {
  readonly path: readonly string[];
  /** `--rtc.udp_port` */
  readonly flag: string;
  /** `LIVEKIT_RTC_UDP_PORT` */
  readonly variable: string;
  readonly schema: z.ZodType;
}

/** All options, in the order of the schema. */
export const configOptions: readonly ConfigOption[] = [
  ...Object.entries(general).map(([name, schema]) => toOption([name], schema)),
  ...Object.entries(groups).flatMap(([group, shape]) =>
    Object.entries(shape).map(([name, schema]) => toOption([group, name], schema as z.ZodType)),
  ),
];

function toOption(path: readonly string[], schema: z.ZodType): ConfigOption {
  return { path, schema, flag: path.join("."), variable: `LIVEKIT_${path.join("_").toUpperCase()}` };
}
