import { Scope } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import type { DeviceAddress } from "@conclave/matrix-rtc";

import type { KeyTransport } from "../ports.ts";

/** Two ends that can reach each other. */
export interface KeyTransportPair {
  readonly alice: KeyTransportEnd;
  readonly bob: KeyTransportEnd;
  /** Lets what is under way arrive. */
  readonly settle: () => Promise<void>;
  readonly end: () => Promise<void>;
}

export interface KeyTransportEnd {
  readonly address: DeviceAddress & { readonly memberId: string };
  readonly transport: KeyTransport;
}

/** One acceptance test: run it in whatever runner the adapter uses. It rejects if the transport breaks its promise. */
export interface AcceptanceTest {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const key = (index: number, first: number): { readonly index: number; readonly bytes: Uint8Array<ArrayBuffer> } => ({
  index,
  bytes: Uint8Array.from({ length: 16 }, (_, offset) => first + offset),
});

/** What every `KeyTransport` must do. */
export function keyTransportSuite(makePair: () => Promise<KeyTransportPair>): readonly AcceptanceTest[] {
  const test = (name: string, body: (pair: KeyTransportPair, scope: Scope) => Promise<void>): AcceptanceTest => ({
    name,
    async run() {
      const pair = await makePair();
      const scope = new Scope();
      try {
        await body(pair, scope);
      } finally {
        await scope.end();
        await pair.end();
      }
    },
  });
  return [
    test("delivers a key with the address that was proved", async ({ alice, bob, settle }, scope) => {
      const received = recordEvents(scope, bob.transport.keyReceived);
      const outcomes = await alice.transport.send(key(7, 1), [bob.address]);
      await settle();
      const [first] = received;
      assertEqual(outcomes, [{ to: bob.address, result: "sent" }]);
      assertEqual([first?.from.userId, first?.from.deviceId], [alice.address.userId, alice.address.deviceId]);
      assertEqual([first?.memberId, first?.key.index], [alice.address.memberId, 7]);
      assertEqual([...(first?.key.bytes ?? [])], [...key(7, 1).bytes]);
    }),
    test("delivers in order, with times that do not go back", async ({ alice, bob, settle }, scope) => {
      const received = recordEvents(scope, bob.transport.keyReceived);
      await alice.transport.send(key(1, 1), [bob.address]);
      await alice.transport.send(key(2, 2), [bob.address]);
      await settle();
      assertEqual(
        received.map((fact) => fact.key.index),
        [1, 2],
      );
      assertEqual((received[0]?.sentAtMs ?? 0) <= (received[1]?.sentAtMs ?? 0), true);
    }),
    test("gives one outcome per recipient, in order, and names the unreachable", async ({ alice, bob }) => {
      const nobody = { ...bob.address, deviceId: "NOSUCHDEVICE" as DeviceAddress["deviceId"] };
      const outcomes = await alice.transport.send(key(1, 1), [nobody, bob.address]);
      assertEqual(
        outcomes.map((outcome) => [outcome.to.deviceId, outcome.result]),
        [
          [nobody.deviceId, "unreachable"],
          [bob.address.deviceId, "sent"],
        ],
      );
    }),
    test("carries a note beside a key, and without one", async ({ alice, bob, settle }, scope) => {
      const keys = recordEvents(scope, bob.transport.keyReceived);
      const notes = recordEvents(scope, bob.transport.noteReceived);
      const [beside, alone] = [
        { token: "first", have: ["one", "two"], wantsKey: false },
        { have: [], wantsKey: true },
      ];
      await alice.transport.send(key(1, 1), [bob.address], beside);
      await alice.transport.tell(alone, [bob.address]);
      await settle();
      assertEqual(
        keys.map((fact) => fact.note),
        [beside],
      );
      const { userId, deviceId } = alice.address;
      assertEqual(notes, [{ from: { userId, deviceId }, note: alone }]);
    }),
    test("keeps its own copy of the bytes", async ({ alice, bob, settle }, scope) => {
      const received = recordEvents(scope, bob.transport.keyReceived);
      const mine = key(1, 1);
      await alice.transport.send(mine, [bob.address]);
      mine.bytes.fill(0);
      await settle();
      assertEqual(received[0]?.key.bytes[0], 1);
    }),
  ];
}

function assertEqual(actual: unknown, expected: unknown): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new Error(`Expected ${wanted}, got ${found}`);
}
