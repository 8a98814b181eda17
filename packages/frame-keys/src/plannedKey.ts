/** Somebody else's device in the slot. */
export interface PresentMember {
  /** Names the device. */
  readonly device: string;
  /** Changes when the device joins anew. */
  readonly membership: string;
}

/** What is known of one key at one device. An entry of any status means that the device may hold the key. */
export interface Delivery {
  /** The membership that it was sent to; another one gets it again. */
  readonly membership: string;
  /** `rejected`: the request failed as a whole; `unreachable`: the device has no usable keys. */
  readonly status: "sending" | "delivered" | "unreachable" | "rejected";
  /** True once an attempt has come to an end for this membership, good or bad; a later attempt does not undo it. */
  readonly isAnswered: boolean;
  /** True once the key has been delivered to this membership. */
  readonly hasKey: boolean;
  /** When the homeserver took the key for this membership; its owner gets it a sync later. */
  readonly deliveredAtMs: number | undefined;
  readonly tries: number;
  readonly retryAtMs: number;
}

/** One own key without its bytes. Its index is the generation modulo 256. */
export interface PlannedKey {
  readonly generation: number;
  /** Undefined until it has encrypted a frame. */
  readonly usedSinceMs: number | undefined;
  readonly deliveries: ReadonlyMap<string, Delivery>;
}

/** Whether a device that is not here (any more) may know the key. */
export function isHeldByAbsent(key: PlannedKey, present: readonly PresentMember[]): boolean {
  const devices = new Set(present.map((member) => member.device));
  return [...key.deliveries.keys()].some((device) => !devices.has(device));
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

/** When the last of these members was sent the key; `-Infinity` if none was. */
export function handedOutAtMs(key: PlannedKey, members: readonly PresentMember[]): number {
  return Math.max(-Infinity, ...members.map(({ device }) => key.deliveries.get(device)?.deliveredAtMs ?? -Infinity));
}

/** The key with an attempt under way for the member. */
export function withAttempt(key: PlannedKey, member: PresentMember): PlannedKey {
  const before = key.deliveries.get(member.device);
  const delivery: Delivery = {
    membership: member.membership,
    status: "sending",
    isAnswered: isAnsweredBy(key, member),
    hasKey: isHeldBy(key, member),
    deliveredAtMs: before?.membership === member.membership ? before.deliveredAtMs : undefined,
    tries: (before?.tries ?? 0) + 1,
    retryAtMs: 0,
  };
  return { ...key, deliveries: new Map(key.deliveries).set(member.device, delivery) };
}

/** Devices that lack the key, or have it under an older membership, and may be tried now. */
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
  return delivery.status === "delivered" ? Infinity : delivery.retryAtMs;
}
