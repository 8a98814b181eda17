import * as z from "zod";

/** Lists of one request, as MSC4186 bounds them. */
const MAX_LISTS = 100;
const MAX_LIST_KEY = 64;
/** Rooms asked for by name; a client shows a few at once. */
const MAX_SUBSCRIPTIONS = 500;
const MAX_RANGES = 100;
const MAX_STATE_ENTRIES = 500;
const MAX_CONN_ID = 255;
/** What a client may ask for, and what it gets at most. */
const MAX_TIMELINE_ASKED = 1_000;
const MAX_TIMELINE = 100;
/** Entries of one extension's answer. */
const MAX_EXTENSION_LIMIT = 100;

const text = z.string().max(255);
const index = z.number().int().min(0);
const flag = z.boolean().nullish();

const roomConfig = z.object({
  required_state: z.array(z.tuple([text, text])).max(MAX_STATE_ENTRIES),
  timeline_limit: z
    .number()
    .int()
    .min(0)
    .max(MAX_TIMELINE_ASKED)
    .transform((limit) => Math.min(limit, MAX_TIMELINE)),
});

const filters = z.object({
  is_dm: flag,
  is_encrypted: flag,
  is_invite: flag,
  room_types: z.array(text.nullable()).max(100).nullish(),
  not_room_types: z.array(text.nullable()).max(100).nullish(),
  spaces: z.array(text).max(100).nullish(),
  tags: z.array(text).max(100).nullish(),
  not_tags: z.array(text).max(100).nullish(),
});

const list = roomConfig.extend({
  ranges: z
    .array(z.tuple([index, index]).refine(([from, to]) => from <= to, "must not end before it begins"))
    .max(MAX_RANGES)
    .nullish(),
  filters: filters.nullish(),
});

const limit = z
  .number()
  .int()
  .min(1)
  .default(MAX_EXTENSION_LIMIT)
  .transform((wanted) => Math.min(wanted, MAX_EXTENSION_LIMIT));
/** Tokens of this server are whole numbers. */
const since = z
  .string()
  .regex(/^\d{1,15}$/, "must be a token of this server")
  .transform(Number)
  .nullish();
const enabled = z.object({ enabled: z.boolean().default(false) });
const scoped = enabled.extend({
  lists: z.array(text).max(MAX_LISTS).default(["*"]),
  rooms: z.array(text).max(MAX_SUBSCRIPTIONS).default(["*"]),
});

const extensions = z.object({
  to_device: enabled.extend({ limit, since }).nullish(),
  e2ee: enabled.nullish(),
  account_data: scoped.nullish(),
  receipts: scoped.nullish(),
  typing: scoped.nullish(),
  "org.matrix.msc4354.sticky_events": enabled.extend({ limit, since }).nullish(),
});

/** The body of a request. Unknown fields and extensions are left out, as the MSC has it. @see MSC4186, "Request Body" */
export const slidingSyncSchema = z.object({
  conn_id: z.string().max(MAX_CONN_ID).default(""),
  lists: z
    .record(z.string().max(MAX_LIST_KEY), list)
    .refine((lists) => Object.keys(lists).length <= MAX_LISTS, `must be at most ${MAX_LISTS}`)
    .default({}),
  room_subscriptions: z
    .record(text, roomConfig)
    .refine((rooms) => Object.keys(rooms).length <= MAX_SUBSCRIPTIONS, `must be at most ${MAX_SUBSCRIPTIONS}`)
    .default({}),
  extensions: extensions.default({}),
});

export type SlidingBody = z.output<typeof slidingSyncSchema>;
export type SlidingFilters = z.output<typeof filters>;
export type ExtensionScope = z.output<typeof scoped>;
