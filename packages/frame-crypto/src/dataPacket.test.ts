import { toHex } from "@conclave/kit";
import { describe, expect, test, vi } from "vitest";

import { decryptPacket, encryptPacket, type SealedPacket } from "./dataPacket.ts";
import { decryptFrame } from "./decryptFrame.ts";
import { encryptFrame } from "./encryptFrame.ts";
import { RETIREMENT_MS } from "./FrameKey.ts";
import { IV_BYTES, TRAILER_BYTES } from "./frameFormat.ts";
import type { OwnerKeys } from "./OwnerKeys.ts";
import { REMEMBERED_PACKETS } from "./PacketMemory.ts";
import { createMember, senderOf } from "./testing/createMember.ts";

const TEXT = new TextEncoder().encode("hello");
const PICTURE = { kind: "video", codec: "vp9", isKeyFrame: false } as const;

async function seal(keys: OwnerKeys, plain = TEXT): Promise<SealedPacket> {
  const packet = await encryptPacket(plain, await senderOf(keys));
  if (packet === undefined) throw new Error("no key");
  return packet;
}

/** As livekit-client makes them: word 0 of the IV is random. */
async function sealLikeLiveKit(keys: OwnerKeys, count: number): Promise<SealedPacket> {
  const { key, index } = await senderOf(keys);
  const iv = new Uint8Array(IV_BYTES);
  new DataView(iv.buffer).setUint32(0, Math.imul(count + 1, 2_654_435_761) >>> 0);
  new DataView(iv.buffer).setUint32(4, 5_000);
  new DataView(iv.buffer).setUint32(8, 5_000 - count);
  const sealed = await key.cipher.seal(iv, new Uint8Array(0), TEXT);
  return { keyIndex: index, iv, ciphertext: new Uint8Array(sealed as ArrayBuffer) };
}

const outcomeOf = async (packet: SealedPacket, keys?: OwnerKeys): Promise<string> =>
  (await decryptPacket(packet, keys, 0)).outcome;

describe("a data packet", () => {
  test("comes back as it was, once", async () => {
    const packet = await seal(await createMember({ 7: 1 }));
    const bob = await createMember({ 7: 1 });

    expect(await decryptPacket(packet, bob, 0)).toEqual({ outcome: "decrypted", plain: TEXT });
    expect(await decryptPacket(packet, bob, 0)).toEqual({ outcome: "replayed" });
  });

  test("names its key, shows nothing, and has an IV that no frame of the key has", async () => {
    const alice = await createMember({ 7: 1 });
    const packet = await seal(alice, new Uint8Array(64).fill(0xab));
    const frame = await encryptFrame(TEXT, { ...PICTURE, ssrc: 9 }, await senderOf(alice));

    expect(packet.keyIndex).toBe(7);
    expect(packet.ciphertext).toHaveLength(64 + 16);
    expect(toHex(packet.ciphertext)).not.toContain("abababab");
    expect(frame.frame?.slice(-IV_BYTES - TRAILER_BYTES, -TRAILER_BYTES)).not.toEqual(packet.iv);
  });

  test("is not made without a key", async () => {
    expect(await encryptPacket(TEXT, undefined)).toBeUndefined();
  });

  test("is refused without its key, under another one, altered, and in odd shapes", async () => {
    const packet = await seal(await createMember({ 7: 1 }));
    const altered = { ...packet, ciphertext: packet.ciphertext.map((byte, at) => (at === 2 ? byte ^ 1 : byte)) };
    const otherIv = { ...packet, iv: packet.iv.map((byte, at) => (at === 11 ? byte ^ 1 : byte)) };

    expect(await outcomeOf(packet)).toBe("missing_key");
    expect(await outcomeOf(packet, await createMember({ 8: 1 }))).toBe("missing_key");
    expect(await outcomeOf(packet, await createMember({ 7: 2 }))).toBe("auth_failed");
    expect(await outcomeOf(altered, await createMember({ 7: 1 }))).toBe("auth_failed");
    expect(await outcomeOf(otherIv, await createMember({ 7: 1 }))).toBe("auth_failed");
    expect(await outcomeOf({ ...packet, iv: packet.iv.slice(1) }, await createMember({ 7: 1 }))).toBe("malformed");
    expect(
      await outcomeOf({ ...packet, ciphertext: packet.ciphertext.slice(0, 9) }, await createMember({ 7: 1 })),
    ).toBe("malformed");
  });

  test("of a retired key is refused", async () => {
    const alice = await createMember({ 7: 1 });
    const bob = await createMember({ 7: 1, 8: 2 });
    const [early, late] = [await seal(alice), await seal(alice)];
    await decryptPacket(await seal(await createMember({ 8: 2 })), bob, 0);

    expect((await decryptPacket(early, bob, RETIREMENT_MS - 1)).outcome).toBe("decrypted");
    expect((await decryptPacket(late, bob, RETIREMENT_MS)).outcome).toBe("replayed");
  });
});

describe("a packet of livekit-client, whose IVs have no order", () => {
  test("is decrypted once, in any order", async () => {
    const alice = await createMember({ 7: 1 });
    const bob = await createMember({ 7: 1 });
    const packets = await Promise.all(Array.from({ length: 20 }, (_, count) => sealLikeLiveKit(alice, count)));

    for (const packet of packets.toReversed()) expect(await outcomeOf(packet, bob)).toBe("decrypted");
    for (const packet of packets) expect(await outcomeOf(packet, bob)).toBe("replayed");
  });

  test("is used once even if both copies are decrypted at the same time", async () => {
    const packet = await sealLikeLiveKit(await createMember({ 7: 1 }), 0);
    const bob = await createMember({ 7: 1 });

    const outcomes = await Promise.all([outcomeOf(packet, bob), outcomeOf(packet, bob)]);

    expect(outcomes.toSorted()).toEqual(["decrypted", "replayed"]);
  });

  test("is remembered in bounded number", async () => {
    const bob = await createMember({ 7: 1 });
    const { key } = await senderOf(bob);
    for (let count = 0; count <= REMEMBERED_PACKETS; count += 1) {
      key.packets.enter(Uint8Array.of(count & 0xff, count >> 8));
    }

    expect(key.packets.has(Uint8Array.of(0, 0))).toBe(false);
    expect(key.packets.has(Uint8Array.of(1, 0))).toBe(true);
  });
});

describe("packets and frames of one key", () => {
  test("a packet dressed up as a picture without clear bytes is refused before it is decrypted", async () => {
    const packet = await seal(await createMember({ 7: 1 }));
    const bob = await createMember({ 7: 1 });
    const dressed = Uint8Array.from([...packet.ciphertext, ...packet.iv, IV_BYTES, packet.keyIndex]);
    const decryptions = vi.spyOn(crypto.subtle, "decrypt");

    const result = await decryptFrame(dressed, { ...PICTURE, trackId: "camera", nowMs: 0 }, bob);

    expect(result.outcome).toBe("replayed");
    expect(decryptions).not.toHaveBeenCalled();
    decryptions.mockRestore();
  });

  test("a picture dressed up as a packet is refused once its stream is known", async () => {
    const alice = await createMember({ 7: 1 });
    const bob = await createMember({ 7: 1 });
    const sender = await senderOf(alice);
    const [first, second] = [
      await encryptFrame(TEXT, { ...PICTURE, ssrc: 9 }, sender),
      await encryptFrame(TEXT, { ...PICTURE, ssrc: 9 }, sender),
    ];
    await decryptFrame(first.frame!, { ...PICTURE, trackId: "camera", nowMs: 0 }, bob);
    const end = second.frame!.byteLength - TRAILER_BYTES;
    const undressed = {
      keyIndex: 7,
      iv: second.frame!.slice(end - IV_BYTES, end),
      ciphertext: second.frame!.slice(0, end - IV_BYTES),
    };

    expect(await outcomeOf(undressed, bob)).toBe("replayed");
  });
});
