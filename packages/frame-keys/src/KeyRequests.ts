import type { CancelTimer, Clock, Logger } from "@conclave/kit";
import type { DeviceAddress, RtcMember } from "@conclave/matrix-rtc";

import type { KeyTransport } from "./ports.ts";

export interface KeyRequestsDeps {
  readonly transport: Pick<KeyTransport, "tell">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the device is known to answer requests. */
  readonly answers: (device: DeviceAddress) => boolean;
  /** Members in the call. */
  readonly crowd: () => number;
}

interface Want {
  asked: number;
  readyAtMs: number;
  cancel: CancelTimer | undefined;
}

/** A key that is on its way arrives within this, in a crowd so much later for each member; only then is it asked for. */
const ASK_DELAY_MS = 500;
const DELAY_PER_MEMBER_MS = 10;
const FIRST_REPEAT_MS = 1_000;
const MAX_REPEAT_MS = 30_000;
/** Whoever has shown no sign of knowing requests is asked so often: its own key message may be what was lost. */
export const MAX_BLIND_REQUESTS = 3;

/** Asks members for their key when their frames cannot be decrypted: soon, then ever more seldom. */
export class KeyRequests {
  readonly #deps: KeyRequestsDeps;
  readonly #wants = new Map<string, Want>();
  /** Requests to members that have shown no sign of answering any. */
  readonly #blind = new Map<string, number>();
  #members: ReadonlyMap<string, RtcMember> = new Map();

  constructor(deps: KeyRequestsDeps) {
    this.#deps = deps;
  }

  /** Frames of this member cannot be decrypted now. Call it again as long as that is so. */
  noteUndecryptable(memberId: string): void {
    if (!this.#members.has(memberId)) return;
    const { clock, crowd } = this.#deps;
    const delayMs = ASK_DELAY_MS + DELAY_PER_MEMBER_MS * crowd();
    const want = this.#wants.get(memberId) ?? { asked: 0, readyAtMs: clock.nowMs() + delayMs, cancel: undefined };
    this.#wants.set(memberId, want);
    const waitMs = Math.max(0, want.readyAtMs - clock.nowMs());
    // A repetition needs a new reason; the first request does not.
    if (want.asked > 0 && waitMs > 0) return;
    want.cancel ??= clock.after(waitMs, () => void this.#ask(memberId, want));
  }

  /** A key of this member has come. */
  noteKey(memberId: string): void {
    this.#wants.get(memberId)?.cancel?.();
    this.#wants.delete(memberId);
  }

  /** Takes in who is in the slot now, the own device apart. */
  noteMembers(members: readonly RtcMember[]): void {
    this.#members = new Map(members.map((member) => [member.memberId, member]));
    for (const memberId of this.#wants.keys()) if (!this.#members.has(memberId)) this.noteKey(memberId);
    for (const memberId of this.#blind.keys()) if (!this.#members.has(memberId)) this.#blind.delete(memberId);
  }

  clear(): void {
    for (const memberId of this.#wants.keys()) this.noteKey(memberId);
  }

  #askBlindly(memberId: string): boolean {
    const asked = this.#blind.get(memberId) ?? 0;
    this.#blind.set(memberId, asked + 1);
    return asked < MAX_BLIND_REQUESTS;
  }

  async #ask(memberId: string, want: Want): Promise<void> {
    want.cancel = undefined;
    const member = this.#members.get(memberId);
    const { answers, clock, logger, transport } = this.#deps;
    if (!member || (!answers(member) && !this.#askBlindly(memberId))) return;
    want.readyAtMs = clock.nowMs() + Math.min(MAX_REPEAT_MS, FIRST_REPEAT_MS * 2 ** want.asked);
    want.asked += 1;
    logger.info("asking for a key again", { asked: want.asked });
    const { userId, deviceId } = member;
    await transport.tell({ have: [], wantsKey: true }, [{ userId, deviceId }]).catch((error: unknown) => {
      logger.debug("a key could not be asked for", { error });
    });
  }
}
