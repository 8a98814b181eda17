import { systemClock, toHex } from "@conclave/kit";
import { describe, expect, test, vi } from "vitest";

import { FrameKeyStore, MAX_OWNERS } from "./FrameKeyStore.ts";
import type { FrameKey } from "./FrameKey.ts";
import { LIVEKIT_RING_SIZE } from "./frameFormat.ts";
import { createStore, keyBytes } from "./testing/createMember.ts";

const ALICE = "alice";

async function keyAt(store: FrameKeyStore, index: number): Promise<FrameKey | undefined> {
  return store.owner(ALICE)?.find(index);
}

describe("keys for decryption", () => {
  test("are kept at all 256 indices, as MatrixRTC needs", async () => {
    const store = createStore();
    for (let index = 0; index < 256; index += 1) await store.setKey(ALICE, index, keyBytes(index));

    const first = await keyAt(store, 0);
    const last = await keyAt(store, 255);
    expect(first).toBeDefined();
    expect(last).toBeDefined();
    expect(last?.fingerprint).not.toBe(first?.fingerprint);
  });

  test("replace the one at the same index when the index has wrapped", async () => {
    const store = createStore();
    await store.setKey(ALICE, 0, keyBytes(1));
    const old = await keyAt(store, 0);

    await store.setKey(ALICE, 0, keyBytes(2));

    expect((await keyAt(store, 0))?.fingerprint).not.toBe(old?.fingerprint);
  });

  test("share places modulo 16 in a ring of LiveKit's default size, and higher indices have none", async () => {
    const store = new FrameKeyStore({ clock: systemClock, randomUint32: () => 0, ringSize: LIVEKIT_RING_SIZE });

    await store.setKey(ALICE, 17, keyBytes(1));

    expect(await keyAt(store, 1)).toBeDefined();
    expect(await keyAt(store, 17)).toBeUndefined();
  });

  test("are gone when the owner is forgotten", async () => {
    const store = createStore();
    await store.setKey(ALICE, 3, keyBytes(1));

    store.forget(ALICE);

    expect(await keyAt(store, 3)).toBeUndefined();
  });

  test("are found by a frame that comes while they are being derived", async () => {
    const store = createStore();
    const installed = store.setKey(ALICE, 3, keyBytes(1));

    const found = keyAt(store, 3);

    expect(await found).toBeDefined();
    await installed;
  });

  test("cannot be read out again", async () => {
    const store = createStore();
    const raw = keyBytes(1);
    const derived = vi.spyOn(crypto.subtle, "deriveKey");
    await store.setKey(ALICE, 3, raw);

    const aes = (await derived.mock.results[0]!.value) as CryptoKey;
    derived.mockRestore();

    expect(aes.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("raw", aes)).rejects.toThrow();
    expect(raw).toEqual(new Uint8Array(16));
  });

  test.each([0, 15, 1025])("of %i bytes are refused", async (lengthBytes) => {
    const store = createStore();

    const refused = store.setKey(ALICE, 3, keyBytes(1, lengthBytes));

    await expect(refused).rejects.toMatchObject({ code: "invalid_key" });
    expect(await keyAt(store, 3)).toBeUndefined();
  });

  test.each([-1, 256, 1.5, Number.NaN])("at index %d are refused", async (index) => {
    await expect(createStore().setKey(ALICE, index, keyBytes(1))).rejects.toMatchObject({ code: "invalid_key_index" });
  });

  test("are kept for a bounded number of owners", async () => {
    const store = createStore();
    for (let owner = 0; owner < MAX_OWNERS; owner += 1) store.useSenderKey(`member ${owner}`, 0);

    await expect(store.setKey("one more", 0, keyBytes(1))).rejects.toMatchObject({ code: "too_many_owners" });
  });
});

describe("the key for encryption", () => {
  test("does not exist before one is chosen, even if there are keys", async () => {
    const store = createStore();
    await store.setKey(ALICE, 0, keyBytes(1));

    expect(await store.owner(ALICE)?.inUse()).toBeUndefined();
  });

  test("is the one at the chosen index", async () => {
    const store = createStore();
    void store.setKey(ALICE, 4, keyBytes(1));
    store.useSenderKey(ALICE, 4);

    expect(await store.owner(ALICE)?.inUse()).toMatchObject({ index: 4 });
  });

  test("does not exist while the sender is suspended, also for a frame that is waiting for the key", async () => {
    const store = createStore();
    void store.setKey(ALICE, 4, keyBytes(1));
    store.useSenderKey(ALICE, 4);
    const waiting = store.owner(ALICE)?.inUse();

    store.suspendSender(ALICE);

    expect(await waiting).toBeUndefined();
    expect(await store.owner(ALICE)?.inUse()).toBeUndefined();
  });

  test("does not exist if the chosen index has no key", async () => {
    const store = createStore();
    await store.setKey(ALICE, 4, keyBytes(1));

    store.useSenderKey(ALICE, 5);

    expect(await store.owner(ALICE)?.inUse()).toBeUndefined();
  });

  test("is never the old one at an index that has got a new one, not even for a moment", async () => {
    const store = createStore();
    await store.setKey(ALICE, 0, keyBytes(1));
    store.useSenderKey(ALICE, 0);
    const old = await store.owner(ALICE)?.inUse();

    void store.setKey(ALICE, 0, keyBytes(2));

    expect(store.owner(ALICE)?.isInUse(old!)).toBe(false);
    const next = await store.owner(ALICE)?.inUse();
    expect(next?.key.fingerprint).not.toBe(old?.key.fingerprint);
  });

  test("is one with one sequence of IVs if two owners have the same", async () => {
    const store = createStore();
    await Promise.all([store.setKey(ALICE, 0, keyBytes(1)), store.setKey("alice's screen", 5, keyBytes(1))]);

    const screenKey = await store.owner("alice's screen")?.find(5);

    expect(screenKey).toBeDefined();
    expect(screenKey).toBe(await keyAt(store, 0));
  });

  test("goes on with its IVs when the same key is set again, at the same or another index", async () => {
    const store = createStore();
    const ivs: string[] = [];
    for (const index of [0, 0, 7, 0]) {
      await store.setKey(ALICE, index, keyBytes(1));
      store.useSenderKey(ALICE, index);
      const sender = await store.owner(ALICE)?.inUse();
      ivs.push(toHex(sender!.key.ivs.next(1)!.subarray(4, 8)));
    }

    const [first = 0, ...rest] = ivs.map((iv) => Number.parseInt(iv, 16));
    expect(rest).toEqual([first + 1, first + 2, first + 3]);
  });
});
