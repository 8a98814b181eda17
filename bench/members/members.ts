import { effect, Scope, silentLogger } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { openRtcSession, ROOM_CALL_SLOT, type EventId, type RtcMember } from "@conclave/matrix-rtc";
import { FakeMatrix, type FakeRoom, legacyEvent, person } from "@conclave/matrix-rtc/testing";

import { median, type Run } from "../result.ts";

const PEOPLE = 1_000;
const STORM = 100;
const ROUNDS = 30;
const WARM_UP_ROUNDS = 5;
const LIMIT_MS = 5;

/** A room with a crowd in it, and a session that watches. Only what follows a change is timed, not the change. */
class Crowd {
  readonly #clock = new FakeClock();
  readonly #scope = new Scope();
  readonly #room: FakeRoom;
  #version = 0;
  members: readonly RtcMember[] = [];
  /** How often the list was announced. */
  announcements = 0;

  constructor() {
    const homeserver = new FakeMatrix(this.#clock);
    this.#room = homeserver.createRoom();
    const matrix = homeserver.connect("@watcher:hs.example", "WATCHER");
    this.#room.join(matrix.self.userId);
    const options = { roomId: this.#room.roomId, slot: ROOM_CALL_SLOT };
    const session = openRtcSession({ matrix, clock: this.#clock, logger: silentLogger }, options, this.#scope);
    effect(this.#scope, () => {
      this.members = session.members.get();
      this.announcements += 1;
    });
  }

  /** Member number `index` writes its membership again, or for the first time. */
  write(index: number): void {
    const who = person(`person${index}`);
    if (!this.#room.view.get().joined.has(who.userId)) this.#room.join(who.userId, { displayName: `Person ${index}` });
    const intent = (this.#version += 1) % 2 === 0 ? "audio" : "video";
    const eventId = `$event${this.#version}` as EventId;
    const times = { created_ts: this.#clock.nowMs() + index, "m.call.intent": intent };
    this.#room.placeState(legacyEvent(who, times, { eventId, originServerTsMs: this.#clock.nowMs() + PEOPLE }));
  }

  leave(index: number): void {
    this.#room.placeState(legacyEvent(person(`person${index}`), {}, { content: {} }));
  }

  /** Until everything that follows a change has run: all of it is microtasks. */
  async settle(): Promise<number> {
    const startedMs = performance.now();
    await microtasks();
    const tookMs = performance.now() - startedMs;
    await settlePromises();
    return tookMs;
  }

  end(): Promise<void> {
    return this.#scope.end();
  }
}

/** F24 and issue 5: the list of a call of a thousand, derived anew and in a storm of changes. */
export async function members(): Promise<Run> {
  const samples = { strangers: await strangers(), ...(await familiar()) };
  const results = [
    { metric: "1,000 members, never seen before", unit: "ms", ours: median(samples.strangers) },
    { metric: "1,000 members, every event new", unit: "ms", ours: median(samples.everyEvent), limit: LIMIT_MS },
    { metric: "1,000 members, one event new", unit: "ms", ours: median(samples.oneEvent), limit: LIMIT_MS },
    { metric: "storm of 100 in 100 syncs, each change", unit: "ms", ours: median(samples.storm), limit: LIMIT_MS },
    { metric: "storm of 100 in one sync, each change", unit: "ms", ours: median(samples.burst), limit: 0.1 },
    { metric: "lists announced for that", unit: "count", ours: Math.max(...samples.announced), limit: 1 },
  ];
  const faults = [...samples.sizes].filter((size) => size !== PEOPLE).map((size) => `${size} members were listed`);
  return { results, samples, faults };
}

/** The first list, for which each event is read and each SFU identity is made. */
async function strangers(): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    // The identities of earlier rounds are known: so many others make them forgotten.
    const crowd = new Crowd();
    for (let index = 0; index < PEOPLE; index++) crowd.write((round % 6) * PEOPLE + index);
    taken.push(await crowd.settle());
    await crowd.end();
  }
  return taken.slice(WARM_UP_ROUNDS);
}

async function familiar(): Promise<Record<Familiar, number[]>> {
  const crowd = new Crowd();
  for (let index = 0; index < PEOPLE; index++) crowd.write(index);
  await crowd.settle();
  const taken: Record<Familiar, number[]> = {
    everyEvent: [],
    oneEvent: [],
    storm: [],
    burst: [],
    announced: [],
    sizes: [],
  };
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) await measure(crowd, round, taken);
  await crowd.end();
  for (const values of Object.values(taken)) values.splice(0, WARM_UP_ROUNDS);
  return taken;
}

type Familiar = "everyEvent" | "oneEvent" | "storm" | "burst" | "announced" | "sizes";

async function measure(crowd: Crowd, round: number, taken: Record<Familiar, number[]>): Promise<void> {
  for (let index = 0; index < PEOPLE; index++) crowd.write(index);
  taken.everyEvent.push(await crowd.settle());

  crowd.write(round);
  taken.oneEvent.push(await crowd.settle());

  let stormMs = 0;
  for (const change of stormOf(crowd, round)) {
    change();
    stormMs += await crowd.settle();
  }
  taken.storm.push(stormMs / STORM);

  const before = crowd.announcements;
  for (const change of stormOf(crowd, round)) change();
  taken.burst.push((await crowd.settle()) / STORM);
  taken.announced.push(crowd.announcements - before);
  taken.sizes.push(crowd.members.length);
}

/** Half leave, and the other half joins: the same people, so that the list is as long as before. */
function stormOf(crowd: Crowd, round: number): readonly (() => void)[] {
  return Array.from({ length: STORM / 2 }, (_, number) => (round * 37 + number * 11) % PEOPLE).flatMap((index) => [
    () => crowd.leave(index),
    () => crowd.write(index),
  ]);
}

async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
