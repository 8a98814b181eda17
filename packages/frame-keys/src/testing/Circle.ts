import { type Logger, type ReadonlySignal, Scope, signal, silentLogger, type WritableSignal } from "@conclave/kit";
import { FakeClock, seededRandom, settlePromises } from "@conclave/kit/testing";
import type { RtcMember } from "@conclave/matrix-rtc";

import { createKeyDistributor, type KeyDistributor } from "../KeyDistributor.ts";
import { FakeKeyNetwork, type FakeKeyTransport } from "./FakeKeyTransport.ts";
import { RecordingSink } from "./RecordingSink.ts";
import { testMember } from "./testMember.ts";

/** Somebody in a circle, present or not. */
export interface CirclePerson {
  readonly member: RtcMember;
  readonly transport: FakeKeyTransport;
  readonly sink: RecordingSink;
  readonly keys: KeyDistributor;
}

export interface CircleOptions {
  readonly joinedAtMs?: number;
  readonly isSending?: ReadonlySignal<boolean>;
  readonly isQuiet?: ReadonlySignal<boolean>;
}

/** People who exchange keys in memory, and who all see the same list of members. */
export class Circle {
  readonly clock: FakeClock = new FakeClock();
  logger: Logger = silentLogger;
  readonly #network = new FakeKeyNetwork();
  readonly #members: WritableSignal<readonly RtcMember[]> = signal<readonly RtcMember[]>([]);
  readonly #scope = new Scope();

  start(name: string, options: CircleOptions = {}): CirclePerson {
    const { joinedAtMs = 0, isSending = signal(true), isQuiet = signal(false) } = options;
    const member = testMember(name, joinedAtMs);
    const transport = this.#network.connect(member);
    const sink = new RecordingSink();
    const randomBytes = seededRandom(name.length * 31 + name.charCodeAt(0)).bytes;
    const { clock, logger } = this;
    const keys = createKeyDistributor(
      { transport, sink, clock, randomBytes, logger },
      { call: "", self: member, members: this.#members, isSending, isQuiet },
      this.#scope,
    );
    return { member, transport, sink, keys };
  }

  /** These are present now, and nobody else. */
  async gather(...people: readonly Pick<CirclePerson, "member">[]): Promise<void> {
    this.#members.set(people.map((person) => person.member));
    await settlePromises();
  }

  end(): Promise<void> {
    return this.#scope.end();
  }
}

/** Whether what the speaker sends now can be decrypted by the listener. */
export function canHear(listener: CirclePerson, speaker: CirclePerson): boolean {
  return listener.sink.canDecrypt(speaker.member.memberId, speaker.sink);
}
