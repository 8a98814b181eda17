import type { MatrixClient } from "matrix-js-sdk";

import type { Address, Devices } from "./Devices.ts";

export type ContentMap = Readonly<Record<string, Readonly<Record<string, object>>>>;
type ToDeviceBatch = Awaited<ReturnType<NonNullable<ReturnType<MatrixClient["getCrypto"]>>["encryptToDeviceMessages"]>>;

/**
 * Encrypts equal contents together and sends all in one request. The client's own queue would not say whether it was sent.
 *
 * @returns devices that could not be encrypted for
 */
export async function sendToDevices(
  deps: { readonly client: MatrixClient; readonly devices: Devices },
  type: string,
  contents: ContentMap,
): Promise<readonly Address[]> {
  const { client, devices } = deps;
  const all = addressesOf(contents);
  await devices.learn(all.map(({ address }) => address));
  const outbox = new Map<string, Map<string, Record<string, unknown>>>();
  for (const { content, addresses } of groupByContent(all)) {
    for (const { batch } of await seal(client, type, addresses, content)) {
      for (const { userId, deviceId, payload } of batch) {
        outbox.set(userId, (outbox.get(userId) ?? new Map()).set(deviceId, payload));
      }
    }
  }
  if (outbox.size > 0) await client.sendToDevice("m.room.encrypted", outbox);
  return all.map(({ address }) => address).filter(({ userId, deviceId }) => outbox.get(userId)?.has(deviceId) !== true);
}

/** One device without a session fails them all; then each goes alone. */
async function seal(
  client: MatrixClient,
  type: string,
  addresses: readonly Address[],
  content: object,
): Promise<readonly ToDeviceBatch[]> {
  const crypto = client.getCrypto();
  if (!crypto) throw new Error("The client has no encryption");
  const encrypt = (to: readonly Address[]): Promise<ToDeviceBatch> =>
    crypto.encryptToDeviceMessages(type, [...to], { ...content });
  try {
    return [await encrypt(addresses)];
  } catch {
    const each = await Promise.allSettled(addresses.map((address) => encrypt([address])));
    return each.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  }
}

interface Addressed {
  readonly address: Address;
  readonly content: object;
}

function addressesOf(contents: ContentMap): readonly Addressed[] {
  return Object.entries(contents).flatMap(([userId, byDevice]) =>
    Object.entries(byDevice).map(([deviceId, content]) => ({ address: { userId, deviceId }, content })),
  );
}

function groupByContent(all: readonly Addressed[]) {
  const groups = new Map<string, { readonly content: object; readonly addresses: Address[] }>();
  for (const { address, content } of all) {
    const key = JSON.stringify(content);
    const group = groups.get(key) ?? { content, addresses: [] };
    group.addresses.push(address);
    groups.set(key, group);
  }
  return groups.values();
}
