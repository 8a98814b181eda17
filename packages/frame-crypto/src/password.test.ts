import { tryFromHex } from "@conclave/kit";
import { describe, expect, test, vi } from "vitest";

import { decryptFrame } from "./decryptFrame.ts";
import { encryptFrame } from "./encryptFrame.ts";
import type { FrameKeyStore } from "./FrameKeyStore.ts";
import { createStore, senderOf } from "./testing/createMember.ts";

/** What livekit-client derives from this password. */
const PASSWORD = "correct horse";
const AES_KEY = "834e90983b671b2fa23af805580e4b43";
const SOUND = { kind: "audio", codec: "opus", isKeyFrame: false } as const;
const SPEECH = Uint8Array.of(0xf8, 1, 2, 3, 4, 5);

async function storeWith(password: string, ...owners: readonly string[]): Promise<FrameKeyStore> {
  const store = createStore();
  for (const owner of owners) await store.setPassword(owner, 0, password);
  store.useSenderKey("alice", 0);
  return store;
}

describe("a password that all share", () => {
  test("gives the key that livekit-client derives", async () => {
    const store = await storeWith(PASSWORD, "alice");
    const key = await store.owner("alice")?.find(0);
    const expected = await crypto.subtle.importKey("raw", tryFromHex(AES_KEY)!, "AES-GCM", false, ["encrypt"]);
    const parameters = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: new Uint8Array(0) };

    const sealed = await key?.cipher.seal(parameters.iv, parameters.additionalData, SPEECH);

    expect(new Uint8Array(sealed as ArrayBuffer)).toEqual(
      new Uint8Array(await crypto.subtle.encrypt(parameters, expected, SPEECH)),
    );
    expect(key?.fingerprint).not.toContain(AES_KEY);
  });

  test("lets those who have it hear each other, and nobody else", async () => {
    const alice = await storeWith(PASSWORD, "alice");
    const sender = await senderOf(alice.owner("alice")!);
    const { frame } = await encryptFrame(SPEECH, { ...SOUND, ssrc: 5 }, sender);
    const hear = async (password: string): Promise<string> => {
      const store = await storeWith(password, "alice");
      return (await decryptFrame(frame!, { ...SOUND, trackId: "t", nowMs: 0 }, store.owner("alice"))).outcome;
    };

    expect([await hear(PASSWORD), await hear("correct horsf")]).toEqual(["decrypted", "auth_failed"]);
  });

  test("is derived once, for however many owners", async () => {
    const derivations = vi.spyOn(crypto.subtle, "deriveKey");

    const store = await storeWith(PASSWORD, "alice", "bob", "carol");

    expect(derivations).toHaveBeenCalledTimes(1);
    expect(await store.owner("bob")?.find(0)).toBe(await store.owner("alice")?.find(0));
    derivations.mockRestore();
  });

  test("has no ratchet", async () => {
    const store = await storeWith(PASSWORD, "alice");
    const key = await store.owner("alice")?.find(0);

    expect(key?.stepsAhead()).toEqual([]);
  });

  test.each([
    ["empty", ""],
    ["far too long", "x".repeat(1025)],
  ])("is refused if it is %s", async (_, password) => {
    await expect(createStore().setPassword("alice", 0, password)).rejects.toMatchObject({ code: "invalid_key" });
  });
});
