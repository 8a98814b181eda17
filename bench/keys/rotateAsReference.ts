import type { KeyDistributorDeps, KeyDistributorOptions } from "@conclave/frame-keys";
import { effect, type Scope, untracked } from "@conclave/kit";
import type { DeviceAddress, RtcMember } from "@conclave/matrix-rtc";

const KEY_BYTES = 16;
/** @see matrixrtc.md 11.4 */
const USE_DELAY_MS = 1_000;
const GRACE_MS = 10_000;

/**
 * Hands out keys as matrix-js-sdk 43 does: every member, whether it sends or not, makes a new key for every leave, and for
 * a join if its present one is older than ten seconds; in use a second later, whatever has become of the messages.
 */
export function rotateAsReference(deps: KeyDistributorDeps, options: KeyDistributorOptions, scope: Scope): void {
  const { clock, randomBytes, sink, transport } = deps;
  let index = -1;
  let key = { bytes: new Uint8Array(0), madeAtMs: 0 };
  let shared = new Set<string>();
  let isRolling = false;
  let isDue = false;

  const make = (): void => {
    index = (index + 1) % 256;
    key = { bytes: randomBytes(KEY_BYTES), madeAtMs: clock.nowMs() };
  };
  const use = (): void => sink.useSenderKey({ index, bytes: key.bytes.slice() });
  const rollOnce = async (): Promise<void> => {
    if (index < 0) {
      make();
      use();
    }
    const others = untracked(() => options.members.get()).filter((member) => !isSelf(member, options.self));
    const present = new Set(others.map(deviceOf));
    const hasLeft = [...shared].some((device) => !present.has(device));
    const joined = others.filter((member) => !shared.has(deviceOf(member)));
    if (!hasLeft && joined.length === 0) return;
    const isNew = hasLeft || clock.nowMs() - key.madeAtMs >= GRACE_MS;
    if (isNew) make();
    const recipients = isNew ? others : joined;
    shared = isNew ? present : new Set([...shared, ...joined.map(deviceOf)]);
    if (recipients.length > 0) await transport.send({ index, bytes: key.bytes.slice() }, recipients).catch(() => []);
    if (isNew) clock.after(USE_DELAY_MS, use);
  };
  const roll = async (): Promise<void> => {
    isDue = true;
    if (isRolling) return;
    isRolling = true;
    while (isDue) {
      isDue = false;
      await rollOnce();
    }
    isRolling = false;
  };
  transport.keyReceived.on(scope, ({ memberId, key: received }) => sink.setReceiverKey(memberId, received));
  effect(scope, () => {
    options.members.get();
    void untracked(roll);
  });
}

function isSelf(member: RtcMember, self: DeviceAddress): boolean {
  return member.userId === self.userId && member.deviceId === self.deviceId;
}

function deviceOf({ userId, deviceId }: DeviceAddress): string {
  return `${userId} ${deviceId}`;
}
