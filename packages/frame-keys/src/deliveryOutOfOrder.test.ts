import { toHex } from "@conclave/kit";
import { describe, expect, it } from "vitest";

import { Simulation, type SimulatedPerson } from "./testing/Simulation.ts";
import { testMember } from "./testing/testMember.ts";

const CALM = { lostRequests: 0, maxDelayMs: 0, maxViewDelayMs: 0 };
const HOLD_MS = 10_000;

/** The newest key of each sender at each listener, as its sender made them: it must never go back. */
class NewestKeys {
  readonly wentBack: string[] = [];
  readonly #made = new Map<string, string[]>();
  readonly #newest = new Map<string, number>();

  constructor(people: readonly SimulatedPerson[]) {
    for (const { member } of people) this.#made.set(member.memberId, []);
  }

  noteMade(memberId: string, hex: string): void {
    const made = this.#made.get(memberId);
    if (made && !made.includes(hex)) made.push(hex);
  }

  /** What a listener holds at the index of the sender's newest key that it has ever held. */
  noteHeld(listener: SimulatedPerson, memberId: string): void {
    const held = [...(listener.sink.receiverKeys.get(memberId)?.values() ?? [])];
    const newest = Math.max(-1, ...held.map((hex) => this.#made.get(memberId)?.indexOf(hex) ?? -1));
    const pair = `${listener.member.memberId} ${memberId}`;
    if (newest < (this.#newest.get(pair) ?? -1)) this.wentBack.push(pair);
    this.#newest.set(pair, Math.max(newest, this.#newest.get(pair) ?? -1));
  }
}

describe("F16: to-device messages that come out of order, three times, and a fifth of them ten seconds late", () => {
  it(
    "never bring an older key back, and leave nobody deaf for longer than they are held",
    { timeout: 60_000 },
    async () => {
      const simulation = new Simulation(16, CALM);
      const { clock, network, random } = simulation;
      network.carry = (deliver) => {
        const heldMs = random.next() < 0.2 ? HOLD_MS : 0;
        for (let copy = 0; copy < 3; copy++) clock.after(heldMs + random.next() * 2_000, deliver);
      };
      const people = Array.from({ length: 4 }, () => simulation.join());
      const newest = new NewestKeys(people);
      const deafSinceMs = new Map<string, number>();
      let longestMs = 0;
      for (let round = 0; round < 400; round++) {
        if (round % 20 === 0) await simulation.leave(simulation.join());
        await clock.advance(250);
        for (const { member, transport } of people) {
          for (const { key } of transport.sent) newest.noteMade(member.memberId, toHex(key.bytes));
        }
        const deaf = new Set(simulation.deafPairs().map((pair) => pair.map(({ member }) => member.memberId).join(" ")));
        for (const pair of deafSinceMs.keys()) if (!deaf.has(pair)) deafSinceMs.delete(pair);
        for (const pair of deaf) {
          deafSinceMs.set(pair, deafSinceMs.get(pair) ?? clock.nowMs());
          longestMs = Math.max(longestMs, clock.nowMs() - deafSinceMs.get(pair)!);
        }
        for (const listener of people) for (const { member } of people) newest.noteHeld(listener, member.memberId);
      }

      console.log(
        `F16: longest without the key in use ${longestMs} ms, keys that went back: ${newest.wentBack.length}`,
      );
      expect(newest.wentBack).toEqual([]);
      expect(longestMs).toBeLessThanOrEqual(HOLD_MS + 2_000 + 250);
      await Promise.all(simulation.present.map(({ scope }) => scope.end()));
    },
  );
});

describe("F18: 300 keys in one go", () => {
  it("are all installed, in order, and confirmed in a few messages", async () => {
    const simulation = new Simulation(18, CALM);
    const { clock } = simulation;
    const listener = simulation.join();
    const senders = Array.from({ length: 100 }, (_, number) => testMember(`sender${number}`));
    await clock.advance(10);
    listener.view.set([listener.member, ...senders]);
    await clock.advance(10);
    const before = listener.transport.told.length;
    for (const index of [101, 102, 103]) {
      for (const member of senders) {
        const key = { index, bytes: new Uint8Array(16).fill(index) };
        const note = { token: `${member.deviceId} ${index}`, have: [], wantsKey: false };
        listener.transport.keyReceived.emit({
          from: member,
          memberId: member.memberId,
          key,
          sentAtMs: 1_000 + index,
          note,
        });
      }
    }

    const installed = senders.map(({ memberId }) => [...(listener.sink.receiverKeys.get(memberId)?.keys() ?? [])]);
    expect(installed.every((indices) => indices.join() === "101,102,103")).toBe(true);
    await clock.advance(5_000);
    expect(listener.transport.told.length - before).toBeLessThanOrEqual(4);
    await Promise.all(simulation.present.map(({ scope }) => scope.end()));
  });
});
