import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, recordEvents, settlePromises } from "@conclave/kit/testing";
import { ROOM_CALL_SLOT, type DeviceId, type ToDeviceMessage } from "@conclave/matrix-rtc";
import { FakeMatrix, type FakeMatrixUser } from "@conclave/matrix-rtc/testing";
import { afterEach, describe, expect, it } from "vitest";

import { KEY_MESSAGE_TYPE, keyMessageContent } from "./keyMessage.ts";
import type { KeyTransport } from "./ports.ts";
import { FakeKeyNetwork } from "./testing/FakeKeyTransport.ts";
import { keyTransportSuite, type KeyTransportEnd, type KeyTransportPair } from "./testing/keyTransportSuite.ts";
import { toDeviceKeyTransport } from "./toDeviceKeyTransport.ts";

const scopes: Scope[] = [];
afterEach(() => Promise.all(scopes.splice(0).map((scope) => scope.end())));

function makeMatrixPair() {
  const clock = new FakeClock();
  const homeserver = new FakeMatrix(clock);
  const { roomId } = homeserver.createRoom();
  const scope = new Scope();
  scopes.push(scope);
  function connect(userId: string, deviceId: string): KeyTransportEnd & { readonly user: FakeMatrixUser } {
    const user = homeserver.connect(userId, deviceId);
    const memberId = `${userId}:${deviceId}`;
    const options = { roomId, slot: ROOM_CALL_SLOT, memberId };
    const transport = toDeviceKeyTransport({ matrix: user, clock, logger: silentLogger }, options, scope);
    return { user, transport, address: { ...user.self, memberId } };
  }
  const alice = connect("@alice:hs.example", "ALICEDEV");
  const bob = connect("@bob:hs.example", "BOBDEV");
  return { alice, bob, homeserver, roomId, scope, settle: settlePromises, end: () => scope.end() };
}

async function makeFakePair(): Promise<KeyTransportPair> {
  const network = new FakeKeyNetwork();
  const { alice, bob } = makeMatrixPair();
  const end = ({ address }: KeyTransportEnd) => ({ address, transport: network.connect(address) as KeyTransport });
  return { alice: end(alice), bob: end(bob), settle: settlePromises, end: async () => {} };
}

function receive(change: (message: ToDeviceMessage, content: object) => Partial<ToDeviceMessage>) {
  const { alice, bob, homeserver, roomId, scope } = makeMatrixPair();
  const received = recordEvents(scope, bob.transport.keyReceived);
  const rejected = recordEvents(scope, bob.transport.keyRejected);
  const content = keyMessageContent({
    key: { index: 1, bytes: new Uint8Array(16) },
    roomId,
    slot: ROOM_CALL_SLOT,
    memberId: alice.address.memberId,
    deviceId: alice.address.deviceId,
    sentAtMs: 1,
  });
  const { userId: sender, deviceId } = alice.address;
  const message = { type: KEY_MESSAGE_TYPE, sender, content, encryptedBy: { deviceId, isCrossSigned: true } };
  homeserver.forgeToDevice(bob.address, { ...message, ...change(message, content) });
  return { received, rejected: rejected.map((fact) => fact.reason) };
}

describe("toDeviceKeyTransport", () => {
  for (const test of keyTransportSuite(async () => makeMatrixPair())) it(test.name, test.run);

  it("sends to many devices in one request", async () => {
    const { alice, bob } = makeMatrixPair();

    await alice.transport.send({ index: 0, bytes: new Uint8Array(16) }, [bob.address, alice.address]);

    expect(alice.user.requests).toEqual(["sendEncryptedToDevice"]);
  });

  it("rejects, retryably, when the homeserver is away", async () => {
    const { alice, bob, homeserver } = makeMatrixPair();
    homeserver.goDown();

    const sending = alice.transport.send({ index: 0, bytes: new Uint8Array(16) }, [bob.address]);

    await expect(sending).rejects.toMatchObject({ code: "homeserver_unreachable", retryable: true });
  });
});

describe("toDeviceKeyTransport, given bad messages", () => {
  it("accepts the message that the bad ones are made from", () => {
    expect(receive(() => ({}))).toMatchObject({ received: [{ key: { index: 1 } }], rejected: [] });
  });

  it("rejects cleartext", () => {
    const { received, rejected } = receive((message) => {
      const { encryptedBy: _, ...clear } = message;
      return { ...clear, encryptedBy: undefined } as unknown as ToDeviceMessage;
    });

    expect({ received, rejected }).toEqual({ received: [], rejected: ["cleartext"] });
  });

  it("rejects a key from another device of the same user", () => {
    const other = { deviceId: "OTHERDEV" as DeviceId, isCrossSigned: true };

    expect(receive(() => ({ encryptedBy: other }))).toEqual({ received: [], rejected: ["wrong_device"] });
  });

  it("rejects a key for another room", () => {
    const outcome = receive((_, content) => ({ content: { ...content, room_id: "!other:hs.example" } }));

    expect(outcome).toEqual({ received: [], rejected: ["wrong_room"] });
  });

  it("rejects what it cannot read", () => {
    expect(receive(() => ({ content: "garbage" }))).toEqual({ received: [], rejected: ["malformed"] });
  });

  it("ignores other message types", () => {
    expect(receive(() => ({ type: "m.room_key" }))).toEqual({ received: [], rejected: [] });
  });

  it("reports the proved sender, not one from the content", () => {
    const { received } = receive((_, content) => ({ content: { ...content, sender: "@mallory:hs.example" } }));

    expect(received[0]?.from).toEqual({ userId: "@alice:hs.example", deviceId: "ALICEDEV" });
  });
});

describe("FakeKeyTransport", () => {
  for (const test of keyTransportSuite(makeFakePair)) it(test.name, test.run);
});
