import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, recordEvents, settlePromises } from "@conclave/kit/testing";
import { type DeviceAddress, type RoomId, ROOM_CALL_SLOT, type ToDeviceMessage } from "@conclave/matrix-rtc";
import { FakeMatrix, type FakeMatrixUser } from "@conclave/matrix-rtc/testing";
import { afterEach, describe, expect, it } from "vitest";

import { KEY_MESSAGE_TYPE } from "./keyMessage.ts";
import type { KeyTransport } from "./ports.ts";
import { toDeviceKeyTransport } from "./toDeviceKeyTransport.ts";
import { TrustBook, type TrustPolicy } from "./TrustBook.ts";

const key = { index: 1, bytes: new Uint8Array(16).fill(1) };
const scopes: Scope[] = [];
afterEach(() => Promise.all(scopes.splice(0).map((scope) => scope.end())));

interface Lab {
  readonly homeserver: FakeMatrix;
  readonly alice: { readonly user: FakeMatrixUser; readonly transport: KeyTransport; readonly trust: TrustBook };
  readonly bob: { readonly user: FakeMatrixUser; readonly transport: KeyTransport };
  readonly roomId: RoomId;
  readonly scope: Scope;
}

/** Alice applies the policy; bob trusts everybody. */
function open(policy?: TrustPolicy): Lab {
  const clock = new FakeClock();
  const homeserver = new FakeMatrix(clock);
  const { roomId } = homeserver.createRoom();
  const scope = new Scope();
  scopes.push(scope);
  const connect = (name: string, trust: TrustBook) => {
    const user = homeserver.connect(`@${name}:hs.example`, `${name.toUpperCase()}DEV`);
    const options = { roomId, slot: ROOM_CALL_SLOT, memberId: `${user.self.userId}:${user.self.deviceId}`, trust };
    return {
      user,
      trust,
      transport: toDeviceKeyTransport({ matrix: user, clock, logger: silentLogger }, options, scope),
    };
  };
  const [alice, bob] = [connect("alice", new TrustBook(policy)), connect("bob", new TrustBook("all"))];
  return { homeserver, alice, bob, roomId, scope };
}

async function exchange({ alice, bob, scope }: Lab): Promise<{ given: string; taken: number; rejected: unknown[] }> {
  const taken = recordEvents(scope, alice.transport.keyReceived);
  const rejected = recordEvents(scope, alice.transport.keyRejected);
  const [outcome] = await alice.transport.send(key, [bob.user.self]);
  await bob.transport.send(key, [alice.user.self]);
  await settlePromises();
  return { given: outcome!.result, taken: taken.length, rejected: rejected.map(({ reason }) => reason) };
}

const REFUSED = { given: "not_trusted", taken: 0, rejected: ["not_trusted"] };
const WELCOME = { given: "sent", taken: 1, rejected: [] };

describe("who gets a key, and whose counts", () => {
  it.each([
    // Device: signed by its owner / owner has an identity but did not sign it / owner has no identity.
    ["cross_signed", WELCOME, REFUSED, WELCOME],
    ["first_use", WELCOME, WELCOME, WELCOME],
    ["all", WELCOME, WELCOME, WELCOME],
  ] as const)("policy %s", async (policy, signed, unsigned, withoutIdentity) => {
    const [first, second, third] = [open(policy), open(policy), open(policy)];
    second.bob.user.isCrossSigned = false;
    Object.assign(third.bob.user, { isCrossSigned: false, ownerHasIdentity: false });

    expect(await exchange(first)).toEqual(signed);
    expect(await exchange(second)).toEqual(unsigned);
    expect(await exchange(third)).toEqual(withoutIdentity);
  });

  it("asks others for their owner's signature by default only if the own device has one", async () => {
    const [signed, unsigned] = [open(), open()];
    signed.bob.user.isCrossSigned = false;
    unsigned.bob.user.isCrossSigned = false;
    unsigned.alice.user.isCrossSigned = false;

    expect(await exchange(signed)).toEqual(REFUSED);
    expect(signed.alice.trust.isRefused(signed.bob.user.self)).toBe(true);
    expect(await exchange(unsigned)).toEqual(WELCOME);
  });

  it("remembers the first signing key of a device, and refuses another one under its name", async () => {
    const lab = open("first_use");
    Object.assign(lab.bob.user, { isCrossSigned: false, ownerHasIdentity: false });
    await exchange(lab);
    lab.bob.user.signingKey = "another";

    expect((await lab.alice.transport.send(key, [lab.bob.user.self]))[0]?.result).toBe("not_trusted");
    expect(lab.alice.trust.trustOf(lab.bob.user.self)).toBe("key_changed");
  });

  it("trusts a device as soon as its owner has signed it", async () => {
    const lab = open("cross_signed");
    lab.bob.user.isCrossSigned = false;
    await exchange(lab);
    lab.bob.user.isCrossSigned = true;

    expect(await exchange(lab)).toMatchObject(WELCOME);
  });

  it("gives its key to the trusted ones when one is not", async () => {
    const lab = open("cross_signed");
    const carol = lab.homeserver.connect("@carol:hs.example", "CAROLDEV");
    carol.isCrossSigned = false;
    const received = recordEvents(lab.scope, carol.toDeviceReceived);

    const outcomes = await lab.alice.transport.send(key, [carol.self, lab.bob.user.self]);

    expect(outcomes.map(({ result }) => result)).toEqual(["not_trusted", "sent"]);
    expect(received).toEqual([]);
  });

  it("T7: gives no key to a device that a homeserver has added, and takes none from it", async () => {
    const lab = open("cross_signed");
    const added = lab.homeserver.connect(lab.bob.user.self.userId, "ADDEDDEV");
    added.isCrossSigned = false;
    const taken = recordEvents(lab.scope, lab.alice.transport.keyReceived);
    const received = recordEvents(lab.scope, added.toDeviceReceived);
    const rejected = recordEvents(lab.scope, lab.alice.transport.keyRejected);

    await lab.alice.transport.send(key, [added.self]);
    lab.homeserver.forgeToDevice(lab.alice.user.self, keyMessageFrom(added.self, lab));
    await settlePromises();

    expect([received.length, taken.length]).toEqual([0, 0]);
    expect(rejected.map(({ reason }) => reason)).toEqual(["not_trusted"]);
  });

  it("leaves it to the port whom to trust where that cannot tell", async () => {
    const lab = open("cross_signed");
    const { readDeviceFacts: _, ...port } = {
      self: lab.alice.user.self,
      toDeviceReceived: lab.alice.user.toDeviceReceived,
      sendEncryptedToDevice: lab.alice.user.sendEncryptedToDevice.bind(lab.alice.user),
      readDeviceFacts: undefined,
    };
    const options = { roomId: lab.homeserver.createRoom().roomId, slot: ROOM_CALL_SLOT, memberId: "me" };
    const deps = { matrix: port, clock: new FakeClock(), logger: silentLogger };
    const transport = toDeviceKeyTransport(deps, { ...options, trust: new TrustBook("cross_signed") }, lab.scope);
    lab.bob.user.isCrossSigned = false;

    expect((await transport.send(key, [lab.bob.user.self]))[0]?.result).toBe("sent");
  });
});

function keyMessageFrom(from: DeviceAddress, { alice, roomId }: Lab): ToDeviceMessage {
  return {
    type: KEY_MESSAGE_TYPE,
    sender: from.userId,
    content: {
      keys: { index: 9, key: "AAECAwQFBgcICQoLDA0ODw==" },
      room_id: roomId,
      member: { id: `${from.userId}:BOBDEV`, claimed_device_id: from.deviceId },
      sent_ts: alice.user.requests.length,
    },
    encryptedBy: { deviceId: from.deviceId, isCrossSigned: false },
  };
}
