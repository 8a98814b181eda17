import { Scope } from "@conclave/kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createKey, createTestHost } from "./testing/createTestHost.ts";
import { LiveKitCryptor } from "./testing/LiveKitCryptor.ts";
import type { WorkerFrameCryptoHost } from "./ports.ts";

const ALICE = "alice";
const KEY_INDEX = 200;
const TEXT = new TextEncoder().encode("hello");

let scope: Scope;
let ours: WorkerFrameCryptoHost;
let key: Uint8Array<ArrayBuffer>;
beforeEach(() => {
  scope = new Scope();
  ours = createTestHost(scope);
  key = createKey();
  ours.setKey(ALICE, KEY_INDEX, key);
});
afterEach(() => scope.end());

describe("data packets with livekit-client's unmodified worker and the same raw key", () => {
  let theirs: LiveKitCryptor;
  beforeEach(async () => {
    theirs = new LiveKitCryptor(scope, ALICE);
    await theirs.setKey(KEY_INDEX, key);
  });

  test("livekit-client decrypts ours", async () => {
    ours.useSenderKey(ALICE, KEY_INDEX);

    const { ciphertext, iv, keyIndex } = await ours.encryptPacket(ALICE, TEXT);

    expect(await theirs.decryptData({ payload: ciphertext, iv, keyIndex })).toEqual(TEXT);
  });

  test("we decrypt livekit-client's, each once", async () => {
    const first = await theirs.encryptData(TEXT);
    const second = await theirs.encryptData(TEXT);

    for (const { payload, iv, keyIndex } of [first, second]) {
      const packet = { ciphertext: payload, iv, keyIndex };
      expect(await ours.decryptPacket(ALICE, packet)).toEqual({ outcome: "decrypted", plain: TEXT });
      expect(await ours.decryptPacket(ALICE, packet)).toEqual({ outcome: "replayed" });
    }
  });
});

describe("a data packet", () => {
  test("is not made without a key in use, nor while the sender is suspended", async () => {
    await expect(ours.encryptPacket(ALICE, TEXT)).rejects.toMatchObject({ code: "no_sender_key" });
    ours.useSenderKey(ALICE, KEY_INDEX);
    ours.suspendSender(ALICE);

    await expect(ours.encryptPacket(ALICE, TEXT)).rejects.toMatchObject({ code: "no_sender_key" });
  });

  test("that waits when the host is closed or restarts is refused, and so is every later one", async () => {
    ours.useSenderKey(ALICE, KEY_INDEX);
    const waiting = ours.encryptPacket(ALICE, TEXT);
    ours.restart();
    await expect(waiting).rejects.toMatchObject({ code: "worker_restarted" });

    const last = ours.encryptPacket(ALICE, TEXT);
    ours.close();

    await expect(last).rejects.toMatchObject({ code: "host_closed" });
    await expect(ours.encryptPacket(ALICE, TEXT)).rejects.toMatchObject({ code: "host_closed" });
  });
});
