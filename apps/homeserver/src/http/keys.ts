import * as z from "zod";

import type { Core } from "../Core.ts";
import { invalidParam, MatrixError } from "../errors.ts";
import { canonicalJson, isObject, type JsonObject } from "../json.ts";
import { keysChanged } from "../sessions.ts";
import type { Session } from "../store/AccountStore.ts";
import { deviceListChanges } from "../sync/deviceLists.ts";
import { parseSyncToken } from "../sync/syncToken.ts";
import { queryKeys } from "../keys/queryKeys.ts";
import { authenticate, jsonObject, readJson, V3, type App, type Ctx } from "./context.ts";

const MAX_KEYS_PER_UPLOAD = 500;
/** Users that one query or claim may name. */
const MAX_USERS = 2_000;

const namedKeys = z
  .record(z.string().regex(/^[^:]+:.+$/), z.union([z.string().max(1_000), jsonObject]))
  .refine((keys) => Object.keys(keys).length <= MAX_KEYS_PER_UPLOAD, "too many keys");

const deviceKeys = z.looseObject({
  user_id: z.string(),
  device_id: z.string(),
  algorithms: z.array(z.string()),
  keys: z.record(z.string(), z.string()),
  signatures: z.record(z.string(), z.record(z.string(), z.string())),
});

const uploadSchema = z.looseObject({
  device_keys: deviceKeys.nullish(),
  one_time_keys: namedKeys.nullish(),
  fallback_keys: namedKeys.nullish(),
  "org.matrix.msc2732.fallback_keys": namedKeys.nullish(),
});

const byUser = <Value extends z.ZodType>(value: Value): z.ZodRecord<z.ZodString, Value> => z.record(z.string(), value);

const querySchema = z.looseObject({
  device_keys: byUser(z.array(z.string())).refine((users) => Object.keys(users).length <= MAX_USERS, "too many users"),
});

const claimSchema = z.looseObject({
  one_time_keys: byUser(byUser(z.string())).refine((users) => Object.keys(users).length <= MAX_USERS, "too many users"),
});

/** Device keys and one-time keys. @see Client-Server API, "Key management API" */
export function mountKeys(app: App, core: Core): void {
  app.post(`${V3}/keys/upload`, async (c) => {
    const session = authenticate(core, c);
    const body = readJson(c, uploadSchema);
    upload(core, session, body);
    return c.json({ one_time_key_counts: core.keys.counts(session) });
  });

  app.post(`${V3}/keys/query`, async (c) => {
    const { userId } = authenticate(core, c);
    const body = readJson(c, querySchema);
    return c.json(queryKeys(core, userId, body.device_keys));
  });

  app.post(`${V3}/keys/claim`, (c) => claim(core, c));

  app.get(`${V3}/keys/changes`, (c) => {
    const { userId } = authenticate(core, c);
    const from = c.req.query("from");
    if (from === undefined) throw new MatrixError(400, "M_MISSING_PARAM", "from is missing");
    return c.json({ ...deviceListChanges(core, userId, parseSyncToken(from).stream) });
  });
}

function upload(core: Core, session: Session, body: z.output<typeof uploadSchema>): void {
  const identity = body.device_keys;
  if (identity && (identity.user_id !== session.userId || identity.device_id !== session.deviceId))
    throw invalidParam("device_keys are of another device");
  core.db.write(() => {
    if (identity) {
      const before = core.keys.deviceKeys(session.userId).get(session.deviceId)?.keys;
      if (!before || canonicalJson(before) !== canonicalJson(identity)) {
        core.keys.setDeviceKeys(session, identity);
        keysChanged(core, session.userId);
      }
    }
    for (const [name, key] of Object.entries(body.one_time_keys ?? {})) addOneTimeKey(core, session, name, key);
    const fallbacks = body.fallback_keys ?? body["org.matrix.msc2732.fallback_keys"] ?? {};
    for (const [name, key] of Object.entries(fallbacks)) core.keys.setFallbackKey(session, { ...splitName(name), key });
  });
}

/** A repeated upload is fine; the same id with another key is not, and a key once claimed never comes back. */
function addOneTimeKey(core: Core, session: Session, name: string, key: string | JsonObject): void {
  const { algorithm, keyId } = splitName(name);
  const present = core.keys.oneTimeKey(session, algorithm, keyId);
  if (present === undefined) return core.keys.addOneTimeKey(session, { algorithm, keyId, key });
  if (present !== "claimed" && publicPart(JSON.parse(present)) !== publicPart(key))
    throw invalidParam(`One-time key ${name} already exists with another value`);
}

/** The key without its signatures: signing again gives other bytes for the same key. */
function publicPart(key: unknown): string {
  if (!isObject(key)) return canonicalJson(key);
  const { signatures: _signatures, ...rest } = key;
  return canonicalJson(rest);
}

function splitName(name: string): { algorithm: string; keyId: string } {
  const colon = name.indexOf(":");
  return { algorithm: name.slice(0, colon), keyId: name.slice(colon + 1) };
}

/** Committed before it is answered: a key that somebody may have seen is never handed out again. */
async function claim(core: Core, c: Ctx): Promise<Response> {
  const session = authenticate(core, c);
  core.sendLimit.take(session.userId);
  const body = readJson(c, claimSchema);
  const claimed: Record<string, Record<string, JsonObject>> = {};
  const emptied = new Set<string>();
  core.db.write(() => {
    for (const [userId, devices] of Object.entries(body.one_time_keys)) {
      for (const [deviceId, algorithm] of Object.entries(devices)) {
        const key = core.keys.claim({ userId, deviceId }, algorithm);
        if (!key) continue;
        core.keys.markClaimed({ userId, deviceId }, core.db.nextPosition());
        emptied.add(userId);
        (claimed[userId] ??= {})[deviceId] = { [`${algorithm}:${key.keyId}`]: key.key };
      }
    }
  });
  // Their owners see the new counts at once and upload more.
  core.notifier.wake(emptied);
  return c.json({ failures: {}, one_time_keys: claimed });
}
