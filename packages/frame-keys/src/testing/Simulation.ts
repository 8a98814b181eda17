import { type CancelTimer, type Clock, Scope, signal, silentLogger, type WritableSignal } from "@conclave/kit";
import { seededRandom, type SeededRandom } from "@conclave/kit/testing";
import type { RtcMember } from "@conclave/matrix-rtc";

import { createKeyDistributor, type KeyDistributor } from "../KeyDistributor.ts";
import type { ReceivedKey } from "../ports.ts";
import { FakeKeyNetwork, type FakeKeyTransport } from "./FakeKeyTransport.ts";
import { RecordingSink } from "./RecordingSink.ts";
import { testMember } from "./testMember.ts";

/** Time that jumps from event to event: thousands of them in a second. */
class EventClock implements Clock {
  #nowMs = 0;
  #order = 0;
  readonly #timers: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): CancelTimer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    let [low, high] = [0, this.#timers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle]!;
      if (other.atMs < timer.atMs || (other.atMs === timer.atMs && other.order < timer.order)) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let [due] = this.#timers; due && due.atMs <= untilMs; [due] = this.#timers) {
      this.#timers.shift();
      this.#nowMs = due.atMs;
      due.run();
      await settle();
    }
    this.#nowMs = untilMs;
  }
}

/** A send passes a handful of promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}

/** Somebody in a simulated call. */
export interface SimulatedPerson {
  readonly member: RtcMember;
  readonly transport: FakeKeyTransport;
  readonly sink: RecordingSink;
  readonly keys: KeyDistributor;
  readonly view: WritableSignal<readonly RtcMember[]>;
  readonly scope: Scope;
}

interface Weather {
  /** Share of requests that are lost, half of them after the homeserver has taken them. */
  readonly lostRequests: number;
  /** To-device messages take up to so long, each its own time. */
  readonly maxDelayMs: number;
  /** Member events take up to so long. */
  readonly maxViewDelayMs: number;
}

/** A call whose homeserver loses and delays. Every member has its own view, and its own delays. */
export class Simulation {
  readonly clock: EventClock = new EventClock();
  readonly network: FakeKeyNetwork = new FakeKeyNetwork();
  readonly present: SimulatedPerson[] = [];
  readonly random: SeededRandom;
  /** Told of each key that arrives. */
  arrived: (received: ReceivedKey, listener: SimulatedPerson) => void = () => {};
  readonly #weather: Weather;
  #joins = 0;

  constructor(seed: number, weather: Weather) {
    this.random = seededRandom(seed);
    this.#weather = weather;
    this.network.carry = (deliver) => void this.clock.after(this.random.next() * weather.maxDelayMs, deliver);
  }

  join(): SimulatedPerson {
    const number = this.#joins++;
    const member = testMember(`p${number}`, this.clock.nowMs());
    const transport = this.network.connect(member);
    const { lostRequests } = this.#weather;
    transport.nextRequest = () => {
      const draw = this.random.next();
      if (draw >= lostRequests) return "done";
      return draw < lostRequests / 2 ? "lost" : "answer_lost";
    };
    const view = signal<readonly RtcMember[]>([]);
    const [scope, sink] = [new Scope(), new RecordingSink()];
    const { bytes: randomBytes } = seededRandom(number + 1);
    const deps = { transport, sink, clock: this.clock, randomBytes, logger: silentLogger };
    const keys = createKeyDistributor(deps, { call: "call", self: member, members: view }, scope);
    const person = { member, transport, sink, keys, view, scope };
    transport.keyReceived.on(scope, (received) => this.arrived(received, person));
    this.present.push(person);
    this.#show();
    return person;
  }

  async leave(person: SimulatedPerson): Promise<void> {
    this.present.splice(this.present.indexOf(person), 1);
    this.#show();
    await person.scope.end();
  }

  /** Pairs of present members of whom one cannot decrypt what the other sends now. */
  deafPairs(): readonly (readonly [SimulatedPerson, SimulatedPerson])[] {
    return this.present.flatMap((speaker) =>
      this.present
        .filter((listener) => listener !== speaker && !listener.sink.canDecrypt(speaker.member.memberId, speaker.sink))
        .map((listener) => [speaker, listener] as const),
    );
  }

  /** Everybody sees the members of now, each when the news has reached it. */
  #show(): void {
    for (const person of this.present) {
      this.clock.after(this.random.next() * this.#weather.maxViewDelayMs, () => {
        if (!person.scope.isEnded) person.view.set(this.present.map(({ member }) => member));
      });
    }
  }
}
