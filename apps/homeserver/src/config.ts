import * as z from "zod";

const DAY_MS = 24 * 3_600_000;

const positive = z.number().int().min(1);

/** Every number that an operator may want to change: unit in the name, reason beside it. */
export const limitsSchema = z.object({
  /** Requests; registrations and logins one address may do at once: thirty people behind one, Element Call's four each. */
  authBurst: positive.default(120),
  /** Requests per second that refill `authBurst`: slow enough that guessing passwords is hopeless. */
  authPerSecond: z.number().positive().default(1),
  /** Requests; events, to-device batches and state that one user may send at once: a join plus a key rotation. */
  sendBurst: positive.default(200),
  /** Requests per second that refill `sendBurst`: a call needs well below one. */
  sendPerSecond: z.number().positive().default(20),
  /** Requests; restarts of delayed events per user (or per address without a token) at once. */
  delayedBurst: positive.default(60),
  /** Requests per second that refill `delayedBurst`: one restart each 4 s per device, several devices per address. */
  delayedPerSecond: z.number().positive().default(10),
  /** Milliseconds; the longest delay of an MSC4140 event. One day, as deployed servers have it. */
  maxDelayMs: positive.default(DAY_MS),
  /** Events; how many delayed events one user may have waiting. */
  maxDelayedPerUser: positive.default(100),
  /** Bytes; bodies of ordinary requests. An event may have 65,536, so nothing legal is longer. */
  maxBodyBytes: positive.default(65_536),
  /** Bytes; bodies of key uploads, claims, queries and to-device batches, which carry one part per device. */
  maxLargeBodyBytes: positive.default(1_048_576),
  /** Days; an account that never logged in with a password is removed after so many days without a request. */
  unusedGuestDays: positive.default(30),
  /** Milliseconds; how long an access token works that comes with a refresh token. */
  renewableTokenMs: positive.default(300_000),
  /** Milliseconds; how long a login token (for one more device) opens. */
  loginTokenMs: positive.default(120_000),
  /** Milliseconds; the longest that `/sync` holds a request, whatever the client asks. */
  maxSyncTimeoutMs: positive.default(60_000),
});

/** Rates, sizes and ages of a homeserver; see the schema in `config.ts` for defaults and reasons. */
export type HomeserverLimits = z.output<typeof limitsSchema>;

const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ""));

/** What `createHomeserver` accepts, checked. */
export const configSchema = z.object({
  /** Host name with optional port; part of every id, so it can never change for one database. */
  serverName: z
    .string()
    .max(230)
    .regex(
      /^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/,
      "must be a host name, optionally with a port",
    ),
  publicUrl: url,
  databasePath: z.string().min(1),
  livekitServiceUrls: z.array(url).readonly(),
  limits: limitsSchema.prefault({}),
});

/** Configuration with every default filled in. */
export type ResolvedConfig = z.output<typeof configSchema>;
