import type { SfuConnection, SfuConnectionState, SfuParticipant } from "@conclave/call";
import { Emitter, signal } from "@conclave/kit";
import type { EndReason } from "@conclave/livekit-wire";

/** Whom a connection shows, read at one time. */
export interface People {
  readonly participants: readonly SfuParticipant[];
  readonly ownIsSpeaking: boolean;
}

type Shown = Pick<SfuConnection, "state" | "participants" | "ownIsSpeaking" | "ended">;

/** What a connection shows to whoever holds it. Once it has ended nothing of it changes any more. */
export class ConnectionFacts implements Shown {
  readonly #state = signal<SfuConnectionState>("connecting");
  readonly #participants = signal<readonly SfuParticipant[]>([]);
  readonly #ownIsSpeaking = signal(false);
  readonly #ended = new Emitter<{ readonly reason: EndReason }>();
  readonly #readPeople: () => People;
  #isReadQueued = false;
  readonly state: Shown["state"] = this.#state;
  readonly participants: Shown["participants"] = this.#participants;
  readonly ownIsSpeaking: Shown["ownIsSpeaking"] = this.#ownIsSpeaking;
  readonly ended: Shown["ended"] = this.#ended;

  constructor(readPeople: () => People) {
    this.#readPeople = readPeople;
  }

  get isEnded(): boolean {
    return this.#state.get() === "ended";
  }

  setState(state: Exclude<SfuConnectionState, "ended">): void {
    if (!this.isEnded) this.#state.set(state);
  }

  /** Many events come in one task; people are read once after them. */
  queueRead(): void {
    if (this.#isReadQueued) return;
    this.#isReadQueued = true;
    queueMicrotask(() => {
      this.#isReadQueued = false;
      this.read();
    });
  }

  read(): void {
    if (this.isEnded) return;
    const { participants, ownIsSpeaking } = this.#readPeople();
    this.#participants.set(participants);
    this.#ownIsSpeaking.set(ownIsSpeaking);
  }

  /** Says that it is over. False if that was said before. */
  end(reason: EndReason): boolean {
    if (this.isEnded) return false;
    this.#ended.emit({ reason });
    this.#participants.set([]);
    this.#state.set("ended");
    return true;
  }
}
