import type { CancelTimer, Clock } from "@conclave/kit";
import type { RtcMember } from "@conclave/matrix-rtc";

import { deviceKey } from "./deviceKey.ts";
import { EarlyKeys } from "./EarlyKeys.ts";
import type { KeyIndex, KeyRejection, KeySink, ReceivedKey } from "./ports.ts";
import { SenderKeyRing } from "./SenderKeyRing.ts";

export interface KeyReceiverDeps {
  readonly sink: Pick<KeySink, "setReceiverKey" | "forget">;
  readonly clock: Clock;
  readonly rejected: (reason: KeyRejection) => void;
  readonly installed: (memberId: string) => void;
  /** A key has been put to use, now or before. */
  readonly holds: (received: ReceivedKey) => unknown;
}

interface Sender {
  readonly owner: string;
  readonly ring: SenderKeyRing;
  cancelForgetting: CancelTimer | undefined;
}

/** Keys outlive a membership for so long: a member who drops out and returns keeps its key. */
export const DEPARTED_KEY_LIFETIME_MS = 30_000;

/**
 * Puts the keys of the others to use: those of members at once, those that are ahead of their member event when it has
 * arrived, and none that comes from another device than the member event names.
 */
export class KeyReceiver {
  readonly #deps: KeyReceiverDeps;
  readonly #early: EarlyKeys;
  readonly #senders = new Map<string, Sender>();
  #members: readonly RtcMember[] = [];

  constructor(deps: KeyReceiverDeps) {
    this.#deps = deps;
    this.#early = new EarlyKeys(deps);
  }

  receive(received: ReceivedKey): void {
    if (this.#isMember(received)) this.#install(received);
    else this.#early.hold(received);
  }

  /** Takes in who is in the slot now. */
  noteMembers(members: readonly RtcMember[]): void {
    this.#members = members;
    const owners = new Map(members.map((member) => [member.memberId, deviceKey(member)]));
    for (const [memberId, sender] of this.#senders) {
      const owner = owners.get(memberId);
      if (owner === sender.owner) keep(sender);
      else if (owner === undefined) this.#forgetLater(memberId, sender);
      else this.#forget(memberId, sender);
    }
    for (const received of this.#early.take((key) => this.#isMember(key))) this.#install(received);
  }

  /** Wipes everything, without telling the sink. */
  clear(): void {
    this.#early.clear();
    for (const sender of this.#senders.values()) {
      keep(sender);
      sender.ring.clear();
    }
    this.#senders.clear();
  }

  #isMember({ from, memberId }: ReceivedKey): boolean {
    return this.#members.some((member) => member.memberId === memberId && deviceKey(member) === deviceKey(from));
  }

  /** The indices at which a key of the member is installed. */
  indicesOf(memberId: string): readonly KeyIndex[] {
    return this.#senders.get(memberId)?.ring.indices ?? [];
  }

  #install(received: ReceivedKey): void {
    const { from, memberId, key, sentAtMs } = received;
    const sender = this.#senders.get(memberId) ?? {
      owner: deviceKey(from),
      ring: new SenderKeyRing(),
      cancelForgetting: undefined,
    };
    this.#senders.set(memberId, sender);
    switch (sender.ring.accept(key, sentAtMs)) {
      case "out_of_date":
        this.#deps.rejected("out_of_date");
        break;
      case "new":
        this.#deps.sink.setReceiverKey(memberId, { index: key.index, bytes: key.bytes.slice() });
        this.#deps.installed(memberId);
        this.#deps.holds(received);
        break;
      case "known":
        this.#deps.holds(received);
        break;
    }
  }

  #forgetLater(memberId: string, sender: Sender): void {
    sender.cancelForgetting ??= this.#deps.clock.after(DEPARTED_KEY_LIFETIME_MS, () => this.#forget(memberId, sender));
  }

  #forget(memberId: string, sender: Sender): void {
    keep(sender);
    sender.ring.clear();
    this.#senders.delete(memberId);
    this.#deps.sink.forget(memberId);
  }
}

function keep(sender: Sender): void {
  sender.cancelForgetting?.();
  sender.cancelForgetting = undefined;
}
