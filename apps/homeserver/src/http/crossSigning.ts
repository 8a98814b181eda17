import * as z from "zod";

import type { Core } from "../Core.ts";
import { invalidParam, notFound } from "../errors.ts";
import { canonicalJson, isObject, type JsonObject } from "../json.ts";
import { publicKeyOf } from "../keys/queryKeys.ts";
import { keysChanged } from "../sessions.ts";
import type { Session } from "../store/AccountStore.ts";
import type { CrossSigningUsage } from "../store/KeyStore.ts";
import { authSchema, proveIdentity } from "../uia.ts";
import { authenticate, jsonObject, readJson, userId, V3, type App } from "./context.ts";

const USAGES: readonly CrossSigningUsage[] = ["master", "self_signing", "user_signing"];
const MAX_SIGNED = 1_000;

const keySchema = z.looseObject({
  user_id: z.string(),
  usage: z.array(z.string()),
  keys: z.record(z.string(), z.string()).refine((keys) => Object.keys(keys).length === 1, "exactly one key"),
  signatures: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

const uploadSchema = z.looseObject({
  auth: authSchema,
  master_key: keySchema.nullish(),
  self_signing_key: keySchema.nullish(),
  user_signing_key: keySchema.nullish(),
});

type CrossSigningKeys = Partial<Record<CrossSigningUsage, z.output<typeof keySchema>>>;

const signaturesSchema = z.record(userId, z.record(z.string(), jsonObject));

/** Cross-signing keys and signatures. @see Client-Server API, "Cross-signing"; MSC3967 for when proof is asked */
export function mountCrossSigning(app: App, core: Core): void {
  app.post(`${V3}/keys/device_signing/upload`, async (c) => {
    const { userId } = authenticate(core, c);
    const body = readJson(c, uploadSchema);
    const keys = readKeys(userId, body);
    if (replacesKeys(core, userId, keys)) await proveIdentity(core, userId, body.auth);
    store(core, userId, keys);
    return c.json({});
  });

  app.post(`${V3}/keys/signatures/upload`, async (c) => {
    const session = authenticate(core, c);
    core.sendLimit.take(session.userId);
    const failures = addSignatures(core, session, readJson(c, signaturesSchema));
    return c.json({ failures });
  });

  // There is no key backup here; clients take this answer for "none yet".
  app.get(`${V3}/room_keys/version`, (c) => {
    authenticate(core, c);
    throw notFound("No current backup version");
  });
}

function readKeys(userId: string, body: z.output<typeof uploadSchema>): CrossSigningKeys {
  const keys: CrossSigningKeys = {};
  for (const usage of USAGES) {
    const key = body[`${usage}_key`];
    if (!key) continue;
    if (key.user_id !== userId || !key.usage.includes(usage)) throw invalidParam(`${usage}_key is of another kind`);
    keys[usage] = key;
  }
  return keys;
}

/** The first keys, and the same again, need no proof; others would let a stolen token take the identity over. */
function replacesKeys(core: Core, userId: string, keys: CrossSigningKeys): boolean {
  if (!core.keys.crossSigningKey(userId, "master")) return false;
  return USAGES.some((usage) => {
    const fresh = keys[usage];
    const present = core.keys.crossSigningKey(userId, usage);
    return fresh !== undefined && (!present || canonicalJson(present["keys"]) !== canonicalJson(fresh.keys));
  });
}

function store(core: Core, userId: string, keys: CrossSigningKeys): void {
  if (!core.keys.crossSigningKey(userId, "master") && !keys.master) throw invalidParam("master_key is missing");
  core.db.write(() => {
    for (const usage of USAGES) {
      const key = keys[usage];
      if (key) core.keys.setCrossSigningKey(userId, usage, key);
    }
    keysChanged(core, userId);
  });
}

type Failures = Record<string, Record<string, JsonObject>>;

/** Files the signatures that the sender made; what signs something else than the stored key is a failure. */
function addSignatures(core: Core, { userId: signer }: Session, body: z.output<typeof signaturesSchema>): Failures {
  const count = Object.values(body).reduce((sum, entries) => sum + Object.keys(entries).length, 0);
  if (count > MAX_SIGNED) throw invalidParam(`At most ${MAX_SIGNED} signed keys in one request`);
  const failures: Failures = {};
  const changed = new Set<string>();
  core.db.write(() => {
    for (const [userId, entries] of Object.entries(body)) {
      for (const [keyId, signed] of Object.entries(entries)) {
        const fault = addSignature(core, signer, { userId, keyId, signed });
        if (fault === undefined) changed.add(userId);
        else (failures[userId] ??= {})[keyId] = fault;
      }
    }
    for (const userId of changed) keysChanged(core, userId);
  });
  return failures;
}

interface SignedKey {
  readonly userId: string;
  readonly keyId: string;
  readonly signed: JsonObject;
}

function addSignature(core: Core, signer: string, { userId, keyId, signed }: SignedKey): JsonObject | undefined {
  const present = storedKey(core, userId, keyId);
  if (!present) return { errcode: "M_NOT_FOUND", error: "Unknown key" };
  if (canonicalJson(present["keys"]) !== canonicalJson(signed["keys"]))
    return { errcode: "M_INVALID_SIGNATURE", error: "The signed key is not the stored one" };
  const all = signed["signatures"];
  const own = isObject(all) ? all[signer] : undefined;
  if (!isObject(own)) return { errcode: "M_INVALID_SIGNATURE", error: "No signature of yours" };
  core.keys.addSignatures(signer, { userId, keyId }, own);
  return undefined;
}

function storedKey(core: Core, userId: string, keyId: string): JsonObject | undefined {
  const device = core.keys.deviceKeys(userId).get(keyId)?.keys;
  if (device) return device;
  return USAGES.map((usage) => core.keys.crossSigningKey(userId, usage)).find(
    (key) => key !== undefined && publicKeyOf(key) === keyId,
  );
}
