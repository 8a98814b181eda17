import { seededRandom } from "@conclave/kit/testing";

import type { Clock } from "@conclave/kit";
import { FrameKeyStore } from "../FrameKeyStore.ts";
import type { OwnerKeys, SenderKeyInUse } from "../OwnerKeys.ts";

/** Seed of everything random in a test that does not choose its own. */
const SEED = 20_261_124;

/** A clock that stands still. */
export const stillClock: Clock = { nowMs: () => 0, monotonicMs: () => 0, after: () => () => {} };

/** A store whose randomness repeats. */
export function createStore(clock: Clock = stillClock): FrameKeyStore {
  const random = seededRandom(SEED);
  return new FrameKeyStore({ clock, randomUint32: () => Math.floor(random.next() * 2 ** 32) });
}

/** A key that is told by one number. */
export function keyBytes(value: number, lengthBytes = 16): Uint8Array<ArrayBuffer> {
  return new Uint8Array(lengthBytes).fill(value);
}

/** The keys of one member, who encrypts with the last one named. */
export async function createMember(indices: Readonly<Record<number, number>>, clock?: Clock): Promise<OwnerKeys> {
  const store = createStore(clock);
  for (const [index, value] of Object.entries(indices)) {
    await store.setKey("alice", Number(index), keyBytes(value));
    store.useSenderKey("alice", Number(index));
  }
  return store.owner("alice") ?? missing();
}

/** What a member encrypts with. */
export async function senderOf(keys: OwnerKeys): Promise<SenderKeyInUse> {
  return (await keys.inUse()) ?? missing();
}

function missing(): never {
  throw new Error("The member has no key");
}
