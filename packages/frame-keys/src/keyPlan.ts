import { isHeldBy, type PlannedKey, type PresentMember } from "./plannedKey.ts";

/** Who is in the slot, the own device apart. */
export interface Attendance {
  readonly others: readonly PresentMember[];
  readonly ownMembership: string | undefined;
  /** We send nothing at present: what a leave asks for can wait until we do. */
  readonly isQuiet?: boolean;
  /** So long this device waits after a leave before it makes a key: not everybody at once. */
  readonly jitterMs?: number;
}

/** A change of keys under way. */
export interface Rollout {
  readonly key: PlannedKey;
  readonly useAtMs: number;
  /** Set if somebody who left knows the current key: whoever has been handed the new one is not waited for any longer. */
  readonly switchAtMs: number | undefined;
}

export interface KeyPlanState {
  readonly lastGeneration: number;
  readonly current: PlannedKey | undefined;
  readonly next: Rollout | undefined;
  readonly standby: PlannedKey | undefined;
  readonly isSuspended: boolean;
  readonly isSending: boolean;
  /** When each present membership was first seen, by our clock: what others claim about it is not trusted. */
  readonly seenAtMs: ReadonlyMap<string, number>;
  readonly ownMembership: string | undefined;
  /** When a leave last made a new key. */
  readonly leaveRotationAtMs: number;
}

export const initialKeyPlan: KeyPlanState = {
  lastGeneration: -1,
  current: undefined,
  next: undefined,
  standby: undefined,
  isSuspended: false,
  isSending: false,
  seenAtMs: new Map(),
  ownMembership: undefined,
  leaveRotationAtMs: -Infinity,
};

/** A plan in which the first key exists. */
export type Started = KeyPlanState & { readonly current: PlannedKey };

/** Makes the next key; nobody has it yet. */
export function createKey<S extends KeyPlanState>(state: S): readonly [S, PlannedKey] {
  const generation = state.lastGeneration + 1;
  return [
    { ...state, lastGeneration: generation },
    { generation, usedSinceMs: undefined, exposedSinceMs: undefined, deliveries: new Map() },
  ];
}

/** Applies `change` to the key of that generation, if it still matters. */
export function mapKey<S extends KeyPlanState>(
  state: S,
  generation: number,
  change: (key: PlannedKey) => PlannedKey,
): S {
  const { current, next, standby } = state;
  const mapped = (key: PlannedKey): PlannedKey => (key.generation === generation ? change(key) : key);
  return {
    ...state,
    current: current && mapped(current),
    next: next && { ...next, key: mapped(next.key) },
    standby: standby && mapped(standby),
  };
}

/** Those who can decrypt us now, and would lose us if the key changed before they have the new one. */
export function listeners(state: Started, others: readonly PresentMember[]): readonly PresentMember[] {
  return others.filter((member) => isHeldBy(state.current, member));
}
