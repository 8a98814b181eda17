import type { Core } from "../Core.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { CrossSigningUsage } from "../store/KeyStore.ts";

type ByUser<T> = Record<string, T>;

/** Answers `/keys/query`: device keys and cross-signing keys with the signatures that the asker may see. */
export function queryKeys(core: Core, asker: string, wanted: Readonly<ByUser<readonly string[]>>): JsonObject {
  const deviceKeys: ByUser<ByUser<JsonObject>> = {};
  const masters: ByUser<JsonObject> = {};
  const selfSigning: ByUser<JsonObject> = {};
  const userSigning: ByUser<JsonObject> = {};
  for (const [userId, deviceIds] of Object.entries(wanted)) {
    if (!userId.endsWith(`:${core.config.serverName}`)) continue;
    deviceKeys[userId] = devicesOf(core, asker, userId, deviceIds);
    const master = signedKey(core, asker, userId, "master");
    if (master) masters[userId] = master;
    const own = signedKey(core, asker, userId, "self_signing");
    if (own) selfSigning[userId] = own;
    const others = userId === asker ? signedKey(core, asker, userId, "user_signing") : undefined;
    if (others) userSigning[userId] = others;
  }
  return {
    failures: {},
    device_keys: deviceKeys,
    master_keys: masters,
    self_signing_keys: selfSigning,
    user_signing_keys: userSigning,
  };
}

function devicesOf(core: Core, asker: string, userId: string, deviceIds: readonly string[]): ByUser<JsonObject> {
  const devices: ByUser<JsonObject> = {};
  for (const [deviceId, { keys, displayName }] of core.keys.deviceKeys(userId)) {
    if (deviceIds.length > 0 && !deviceIds.includes(deviceId)) continue;
    const unsigned = displayName === undefined ? {} : { device_display_name: displayName };
    devices[deviceId] = { ...withSignatures(core, asker, { userId, keyId: deviceId, key: keys }), unsigned };
  }
  return devices;
}

function signedKey(core: Core, asker: string, userId: string, usage: CrossSigningUsage): JsonObject | undefined {
  const key = core.keys.crossSigningKey(userId, usage);
  const keyId = key && publicKeyOf(key);
  return !key || keyId === undefined ? undefined : withSignatures(core, asker, { userId, keyId, key });
}

interface SignedKey {
  readonly userId: string;
  readonly keyId: string;
  readonly key: JsonObject;
}

function withSignatures(core: Core, asker: string, { userId, keyId, key }: SignedKey): JsonObject {
  const present = key["signatures"];
  const own: JsonObject = isObject(present) ? present : {};
  const added = core.keys.signatures([...new Set([userId, asker])], userId, keyId);
  const merged: Record<string, unknown> = { ...own };
  for (const [signer, signatures] of Object.entries(added)) {
    const before = merged[signer];
    merged[signer] = { ...(isObject(before) ? before : {}), ...signatures };
  }
  return { ...key, signatures: merged };
}

/** The base64 public key that names a cross-signing key. */
export function publicKeyOf(key: JsonObject): string | undefined {
  const keys = key["keys"];
  const name = isObject(keys) ? Object.keys(keys)[0] : undefined;
  return name?.slice(name.indexOf(":") + 1);
}
