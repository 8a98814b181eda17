import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";

import type { RtpEnd } from "../rtc/RtpEnd.ts";
import { CryptoPeer, keyBytes } from "./testing/CryptoPeer.ts";

const ALICE = "@alice:example.org:DEVICE with space";
const MICROPHONE = `microphone ${ALICE}`;
const CAMERA = `camera ${ALICE}`;
const SPEECH = Uint8Array.of(0xf8, 11, 22, 33, 44, 55);
const PICTURE = Uint8Array.of(0x31, 2, 0, 9, 8, 7, 6, 5, 4);

let clock: FakeClock;
let alice: CryptoPeer;
let bob: CryptoPeer;
beforeEach(() => {
  clock = new FakeClock();
  alice = new CryptoPeer(clock, { seed: 1 });
  bob = new CryptoPeer(clock, { seed: 2 });
});

describe("two hosts with one key", () => {
  test.each([
    ["audio", MICROPHONE, SPEECH],
    ["video", CAMERA, PICTURE],
  ] as const)("exchange %s, and the witness sees the plain frame", async (kind, ownerId, plain) => {
    alice.useKey(3, 1);
    bob.host.setKey(ownerId, 3, keyBytes(1));

    const sent = await alice.sender(kind).pass(plain);
    const received = await bob.receiver(ownerId, kind).pass(sent);

    expect(sent).toHaveLength(plain.byteLength + 30);
    expect(Buffer.from(sent!).includes(Buffer.from(plain.subarray(3)))).toBe(false);
    expect(received).toEqual(plain);
    expect(bob.witnessed).toEqual([{ identity: ALICE, kind, outcome: "decrypted", frame: plain }]);
  });

  test("exchange frames when the key comes after the receiver, and when it comes before", async () => {
    alice.useKey(0, 1);
    const sender = alice.sender();
    const first = bob.receiver(MICROPHONE);
    bob.host.setKey(MICROPHONE, 0, keyBytes(1));
    expect(await first.pass(await sender.pass(SPEECH))).toEqual(SPEECH);

    bob.host.setKey("microphone carol", 0, keyBytes(1));
    // Carol would be taken for a replay of alice's stream if she came at once.
    await clock.advance(500);
    expect(await bob.receiver("microphone carol").pass(await sender.pass(SPEECH))).toEqual(SPEECH);
  });

  test("leave the bytes of a key as they were given, and wipe their own copy", async () => {
    const key = keyBytes(5);
    const copied = vi.spyOn(key, "slice");

    bob.host.setKey(MICROPHONE, 0, key);
    await settlePromises();

    expect(key).toEqual(keyBytes(5));
    expect(copied.mock.results.map(({ value }) => value)).toEqual([keyBytes(0)]);
  });
});

describe("a sender", () => {
  test("lets nothing out without a key, and says so", async () => {
    const sender = alice.sender();

    expect(await sender.pass(SPEECH)).toBeUndefined();
    expect(alice.reports).toMatchObject([{ direction: "send", ownerId: "self", state: "no_key" }]);
  });

  test("lets nothing out while it is suspended, and goes on with the next key", async () => {
    const sender = alice.sender();
    alice.useKey(0, 1);
    await sender.pass(SPEECH);
    alice.host.suspendSender("self");
    expect(await sender.pass(SPEECH)).toBeUndefined();

    alice.useKey(1, 2);

    expect((await sender.pass(SPEECH))?.at(-1)).toBe(1);
  });
});

describe("a receiver", () => {
  test("witnesses sound without a key as it arrived", async () => {
    alice.useKey(0, 1);
    const sent = await alice.sender().pass(SPEECH);

    expect(await bob.receiver(MICROPHONE).pass(sent)).toBeUndefined();
    expect(bob.witnessed).toEqual([{ identity: ALICE, kind: "audio", outcome: "missing_key", frame: sent }]);
  });

  test("holds video back while its key is on the way, in order", async () => {
    alice.useKey(0, 1);
    const sender = alice.sender("video");
    const frames = [await sender.pass(PICTURE), await sender.pass(PICTURE.toReversed())];
    const receiver = bob.receiver(CAMERA, "video");
    const passing = frames.map((frame) => receiver.pass(frame));
    await settlePromises();
    expect(bob.witnessed).toEqual([]);

    bob.host.setKey(CAMERA, 0, keyBytes(1));

    expect(await Promise.all(passing)).toEqual([PICTURE, PICTURE.toReversed()]);
    expect(bob.witnessed.map(({ frame }) => frame)).toEqual([PICTURE, PICTURE.toReversed()]);
  });

  test("gives up on video whose key does not come", async () => {
    alice.useKey(0, 1);
    const passing = bob.receiver(CAMERA, "video").pass(await alice.sender("video").pass(PICTURE));

    await clock.advance(1_500);

    expect(await passing).toBeUndefined();
    expect(bob.outcomes).toEqual(["missing_key"]);
  });

  test("witnesses frames under another key as failed", async () => {
    alice.useKey(0, 1);
    bob.host.setKey(MICROPHONE, 0, keyBytes(2));

    expect(await bob.receiver(MICROPHONE).pass(await alice.sender().pass(SPEECH))).toBeUndefined();
    expect(bob.outcomes).toEqual(["auth_failed"]);
  });

  test("witnesses a frame that comes twice as replayed", async () => {
    alice.useKey(0, 1);
    bob.host.setKey(MICROPHONE, 0, keyBytes(1));
    const sent = await alice.sender().pass(SPEECH);
    const receiver = bob.receiver(MICROPHONE);

    expect(await receiver.pass(sent)).toEqual(SPEECH);
    expect(await receiver.pass(sent)).toBeUndefined();
    expect(bob.outcomes).toEqual(["decrypted", "replayed"]);
  });

  test("witnesses plain frames as malformed", async () => {
    bob.host.setKey(MICROPHONE, 0, keyBytes(1));

    expect(await bob.receiver(MICROPHONE).pass(new Uint8Array(80))).toBeUndefined();
    expect(bob.outcomes).toEqual(["malformed"]);
  });

  test("names the member that it serves at the time", async () => {
    const receiver = bob.receiver(MICROPHONE);
    await receiver.pass(SPEECH);

    bob.serve(receiver, "microphone carol");
    await receiver.pass(SPEECH);

    expect(bob.witnessed.map(({ identity }) => identity)).toEqual([ALICE, "carol"]);
  });
});

describe("in a room without encryption", () => {
  test("frames pass both ways and are witnessed as what they are", async () => {
    alice = new CryptoPeer(clock, { policy: "off" });
    bob = new CryptoPeer(clock, { policy: "off" });

    const sent = await alice.sender().pass(SPEECH);
    expect(sent).toEqual(SPEECH);
    expect(await bob.receiver(MICROPHONE).pass(sent)).toEqual(SPEECH);

    expect(bob.outcomes).toEqual(["passthrough"]);
    expect(alice.reports).toMatchObject([{ direction: "send", state: "plain" }]);
    expect(bob.reports).toMatchObject([{ direction: "receive", state: "plain" }]);
  });
});

describe("reports", () => {
  test("come at once when the state changes, and otherwise twice a second", async () => {
    alice.useKey(0, 1);
    const sender = alice.sender();
    for (let count = 0; count < 40; count += 1) await sender.pass(SPEECH);
    expect(alice.reports).toMatchObject([{ transformId: "send-1", state: "ok", counts: { encrypted: 1 } }]);

    await clock.advance(500);

    expect(alice.reports).toMatchObject([{}, { state: "ok", counts: { encrypted: 40 } }]);
  });

  test("need no timer once nothing has come for a while, and start again with the next frame", async () => {
    alice.useKey(0, 1);
    const sender = alice.sender();
    await sender.pass(SPEECH);
    await clock.advance(3_000);
    expect(alice.reports.at(-1)).toMatchObject({ state: "idle" });
    expect(clock.pendingTimers).toBe(0);

    await sender.pass(SPEECH);

    expect(alice.reports.at(-1)).toMatchObject({ state: "ok", counts: { encrypted: 2 } });
    expect(clock.pendingTimers).toBe(1);
  });
});

describe("a closed host", () => {
  test("has no keys, no timer, and lets nothing pass or be witnessed", async () => {
    alice.useKey(0, 1);
    bob.host.setKey(MICROPHONE, 0, keyBytes(1));
    const [sender, receiver] = [alice.sender(), bob.receiver(MICROPHONE)];
    const sent = await sender.pass(SPEECH);
    alice.host.close();
    bob.host.close();

    alice.useKey(0, 1);
    bob.host.setKey(MICROPHONE, 0, keyBytes(1));

    expect(await sender.pass(SPEECH)).toBeUndefined();
    expect(await sender.pass(new Uint8Array(0))).toBeUndefined();
    expect(await receiver.pass(sent)).toBeUndefined();
    expect(bob.witnessed).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("lets nothing pass in a room without encryption either", async () => {
    bob = new CryptoPeer(clock, { policy: "off" });
    const [sender, receiver] = [bob.sender(), bob.receiver(MICROPHONE)];

    bob.host.close();

    expect(await sender.pass(SPEECH)).toBeUndefined();
    expect(await receiver.pass(SPEECH)).toBeUndefined();
  });

  test("refuses further tracks", () => {
    bob.host.close();

    expect(() => bob.sender()).toThrow(expect.objectContaining({ code: "host_closed" }));
    expect(() => bob.receiver(MICROPHONE)).toThrow(expect.objectContaining({ code: "host_closed" }));
  });
});

describe("bad input", () => {
  test("is refused: keys of a wrong length, indices out of range, ends of others", () => {
    const stranger: unknown = { kind: "audio", transform: undefined } satisfies RtpEnd;

    expect(() => bob.host.setKey(MICROPHONE, 0, new Uint8Array(15))).toThrow(
      expect.objectContaining({ code: "invalid_key" }),
    );
    expect(() => bob.host.setKey(MICROPHONE, 256, keyBytes(1))).toThrow(
      expect.objectContaining({ code: "invalid_key_index" }),
    );
    expect(() => bob.host.protectSender(stranger as RTCRtpSender, { ownerId: "self", kind: "audio" })).toThrow(
      TypeError,
    );
  });
});
