/** Who never confirms gets the key again so often. */
const MAX_REPEAT_MS = 60_000;

/** Somebody else's device in the slot. */
export interface PresentMember {
  /** Names the device. */
  readonly device: string;
  /** Changes when the device joins anew. */
  readonly membership: string;
  /** It confirms keys, within so long of the homeserver's taking them unless something is wrong. Absent: it does not. */
  readonly confirmsWithinMs?: number | undefined;
}

/** What is known of one key at one device. An entry of any status means that the device may hold the key. */
export interface Delivery {
  /** The membership that it was sent to; another one gets it again. */
  readonly membership: string;
  /**
   * `delivered`: the homeserver has taken it; `asked`: the device says that it lacks the key; `rejected`: the request failed
   * as a whole; `unreachable`: the device has no usable keys; `not_trusted`: the policy forbids it.
   */
  readonly status: "sending" | "delivered" | "asked" | "unreachable" | "not_trusted" | "rejected";
  /** True once an attempt has come to an end for this membership, good or bad; a later attempt does not undo it. */
  readonly isAnswered: boolean;
  /** True once the key has been delivered to this membership, until it says that it lacks it. */
  readonly hasKey: boolean;
  /** The device itself says that it has put the key to use. */
  readonly isConfirmed: boolean;
  /** It has asked for the key, and not confirmed it since. */
  readonly isAskedFor: boolean;
  /** When the homeserver took the key for this membership; its owner gets it a sync later. */
  readonly deliveredAtMs: number | undefined;
  /** How often the homeserver took it for this membership, and when last. */
  readonly deliveries: number;
  readonly lastDeliveredAtMs: number;
  readonly tries: number;
  readonly retryAtMs: number;
  /** Why it was `rejected`. */
  readonly failure: string | undefined;
}

/** One own key without its bytes. Its index is the generation modulo 256. */
export interface PlannedKey {
  readonly generation: number;
  /** Undefined until it has encrypted a frame. */
  readonly usedSinceMs: number | undefined;
  /** Since when somebody who is not here any more may know it. */
  readonly exposedSinceMs: number | undefined;
  readonly deliveries: ReadonlyMap<string, Delivery>;
}

/** Whether a device that is not here (any more) may know the key. */
export function isHeldByAbsent(key: PlannedKey, present: readonly PresentMember[]): boolean {
  const devices = new Set(present.map((member) => member.device));
  return [...key.deliveries.keys()].some((device) => !devices.has(device));
}

/** The key with what those present say about its exposure. */
export function withExposure(key: PlannedKey, present: readonly PresentMember[], nowMs: number): PlannedKey {
  const exposedSinceMs = isHeldByAbsent(key, present) ? (key.exposedSinceMs ?? nowMs) : undefined;
  return exposedSinceMs === key.exposedSinceMs ? key : { ...key, exposedSinceMs };
}

/** Whether an attempt to give the key to this member has come to an end, good or bad. */
export function isAnsweredBy(key: PlannedKey, member: PresentMember): boolean {
  const delivery = key.deliveries.get(member.device);
  return delivery?.membership === member.membership && delivery.isAnswered;
}

/** Whether this member can decrypt with the key. */
export function isHeldBy(key: PlannedKey, member: PresentMember): boolean {
  const delivery = key.deliveries.get(member.device);
  return delivery?.membership === member.membership && delivery.hasKey;
}

/** Whether this member has said that it can decrypt with the key. */
export function isConfirmedBy(key: PlannedKey, member: PresentMember): boolean {
  const delivery = key.deliveries.get(member.device);
  return delivery?.membership === member.membership && delivery.isConfirmed;
}

/** When the last of these members was sent the key; `-Infinity` if none was. */
export function handedOutAtMs(key: PlannedKey, members: readonly PresentMember[]): number {
  return Math.max(-Infinity, ...members.map(({ device }) => key.deliveries.get(device)?.deliveredAtMs ?? -Infinity));
}

/** The key with an attempt under way for the member. */
export function withAttempt(key: PlannedKey, member: PresentMember): PlannedKey {
  const known = key.deliveries.get(member.device);
  const before = known?.membership === member.membership ? known : undefined;
  const delivery: Delivery = {
    membership: member.membership,
    status: "sending",
    isAnswered: before?.isAnswered ?? false,
    hasKey: before?.hasKey ?? false,
    isConfirmed: false,
    isAskedFor: before?.isAskedFor ?? false,
    deliveredAtMs: before?.deliveredAtMs,
    deliveries: before?.deliveries ?? 0,
    lastDeliveredAtMs: before?.lastDeliveredAtMs ?? 0,
    tries: (known?.tries ?? 0) + 1,
    retryAtMs: 0,
    failure: undefined,
  };
  return { ...key, deliveries: new Map(key.deliveries).set(member.device, delivery) };
}

/** Devices that lack the key, have it under an older membership or do not confirm it, and may be tried now. */
export function dueRecipients(key: PlannedKey, present: readonly PresentMember[], nowMs: number): readonly string[] {
  return present.filter((member) => retryTime(key, member) <= nowMs).map((member) => member.device);
}

/** When the next failed delivery is due. */
export function nextRetryAtMs(key: PlannedKey, present: readonly PresentMember[]): number | undefined {
  const earliest = present.reduce((time, member) => Math.min(time, retryTime(key, member)), Infinity);
  return Number.isFinite(earliest) ? earliest : undefined;
}

function retryTime(key: PlannedKey, member: PresentMember): number {
  const delivery = key.deliveries.get(member.device);
  if (!delivery) return 0;
  if (delivery.status === "sending") return Infinity;
  if (delivery.membership !== member.membership) return 0;
  return delivery.status === "delivered" ? repeatAtMs(delivery, member) : delivery.retryAtMs;
}

/** A key that is not confirmed was lost on its way: it is sent again, ever more slowly, as long as its member stays. */
function repeatAtMs({ isConfirmed, deliveries, lastDeliveredAtMs }: Delivery, member: PresentMember): number {
  if (isConfirmed || member.confirmsWithinMs === undefined) return Infinity;
  return lastDeliveredAtMs + Math.min(MAX_REPEAT_MS, member.confirmsWithinMs * 2 ** Math.max(0, deliveries - 1));
}
