import type { StoredAccount } from "@conclave/call";
import { Scope } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import type { BotSpec, BotTier } from "../model.ts";
import { Crew } from "./Crew.ts";
import { FakeHosts } from "./testing/FakeHosts.ts";

const PROFILE = { audioFrameMs: 20, videoFramesPerSecond: 15, videoFrameBytes: 1_000 } as const;
const PLACE = { homeserverUrl: "http://hs", roomId: "!room" };

let clock: FakeClock;
let hosts: FakeHosts;
let crew: Crew;
let accounts: string[];
let carried: number[];

beforeEach(() => {
  clock = new FakeClock();
  hosts = new FakeHosts(clock);
  accounts = [];
  carried = [];
  const accountKnown = (bot: number, { userId }: StoredAccount): void => void accounts.push(`bot ${bot} is ${userId}`);
  const mediaCarried = (bytes: number): void => void carried.push(bytes);
  crew = new Crew({ clock, startHost: hosts.start, accountKnown, mediaCarried }, new Scope());
});

describe("Crew", () => {
  it("houses each tier in processes of its own, at most ten native bots in one", async () => {
    await board([...specs("protocol", 0, 30), ...specs("native", 30, 12), ...specs("browser", 42, 2)]);

    expect(hosts.started.map(({ tier }) => tier)).toEqual(["protocol", "native", "native", "browser"]);
  });

  it("prepares everybody and tells who they are and what accounts they have", async () => {
    const all = specs("protocol", 0, 20);
    await board(all);
    const ready: number[] = [];

    await crew.prepare(all, (count) => ready.push(count));

    expect(ready).toHaveLength(20);
    expect(accounts).toHaveLength(20);
    expect(accounts).toContain("bot 7 is @bot7:hs");
    expect(hosts.started[0]!.identified.get("@bot7:hs")).toBe(7);
  });

  it("tells a bot what to do, one thing after the other", async () => {
    await board(specs("protocol", 0, 1));
    const joining = Promise.withResolvers<void>();
    hosts.bots.get(0)!.joining = joining.promise;

    const join = crew.act(0, "join");
    const leave = crew.act(0, "leave");
    await settlePromises();
    expect(hosts.bots.get(0)!.told).toEqual(["join"]);
    joining.resolve();
    await Promise.all([join, leave]);

    expect(hosts.bots.get(0)!.told).toEqual(["join", "leave"]);
  });

  it("takes a fault of one bot for a finding and goes on", async () => {
    await board(specs("protocol", 0, 2));
    hosts.bots.get(0)!.joining = Promise.reject(new RangeError("broken"));

    await Promise.all([crew.act(0, "join"), crew.act(1, "join")]);

    expect(crew.findings).toMatchObject([{ bot: 0, code: "crashed" }]);
    expect(hosts.bots.get(1)!.told).toEqual(["join"]);
  });

  it("loses nothing when a process dies: waits end, its bots are findings, their last word stays", async () => {
    await board([...specs("native", 0, 2), ...specs("protocol", 2, 1)]);
    await crew.act(0, "talk");
    await crew.reports();
    hosts.bots.get(1)!.joining = new Promise(() => {});
    const joining = crew.act(1, "join");

    hosts.started[0]!.die();
    await joining;

    expect(crew.findings.map(({ bot, code }) => [bot, code])).toEqual([
      [0, "crashed"],
      [1, "crashed"],
    ]);
    const reports = await crew.reports();
    expect(reports.map(({ number, keys }) => [number, keys.sent])).toEqual([
      [0, 1],
      [1, 0],
      [2, 0],
    ]);
  });

  it("adds up what the bots of all processes carry, also of those that died", async () => {
    await board([...specs("protocol", 0, 2), ...specs("browser", 2, 1)]);
    for (const bot of hosts.bots.values()) bot.carried = { sent: 10, received: 100 };
    await clock.advance(1_000);
    expect(carried.at(-1)).toBe(330);

    hosts.started[1]!.die();
    hosts.bots.get(0)!.carried = { sent: 20, received: 400 };
    await clock.advance(1_000);

    expect(carried.at(-1)).toBe(640);
  });

  it("takes samples of all browsers in the call, and of nobody else", async () => {
    await board([...specs("browser", 5, 3), ...specs("protocol", 8, 2)]);
    for (const number of [5, 7, 8]) hosts.bots.get(number)!.seeing = Promise.resolve(Uint8Array.of(number));

    const samples = await crew.takeSamples();

    expect(samples).toEqual([5, 7].map((bot) => ({ bot, png: Uint8Array.of(bot) })));
  });

  it("does without the samples of browsers that hang or show too much, and of a process that is gone", async () => {
    await board(specs("browser", 0, 3));
    hosts.bots.get(0)!.seeing = Promise.resolve(Uint8Array.of(1));
    hosts.bots.get(1)!.seeing = new Promise(() => {});
    hosts.bots.get(2)!.seeing = Promise.resolve(new Uint8Array(2_000_001));

    const taking = crew.takeSamples();
    await clock.advance(8_000);
    expect((await taking).map(({ bot }) => bot)).toEqual([0]);

    hosts.started[0]!.die();
    expect((await crew.takeSamples()).map(({ bot }) => bot)).toEqual([0]);
  });

  it("does not wait for ever for a process that does not answer", async () => {
    await board(specs("protocol", 0, 1));
    hosts.started[0]!.isAlive = false;

    const reports = crew.reports();
    await clock.advance(20_000);

    expect(await reports).toEqual([]);
  });

  it("closes every bot and ends every process", async () => {
    await board([...specs("protocol", 0, 1), ...specs("native", 1, 1)]);

    await crew.close();

    expect([...hosts.bots.values()].map(({ told }) => told)).toEqual([["close"], ["close"]]);
    expect(hosts.started.every(({ isAlive }) => !isAlive)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});

function board(bots: readonly BotSpec[]): Promise<void> {
  const order = { people: bots.length, place: PLACE, profile: PROFILE, encoders: [] };
  return crew.board({ bots: bots.map((spec) => ({ spec })), ...order });
}

function specs(tier: BotTier, from: number, count: number): BotSpec[] {
  return Array.from({ length: count }, (_, index) => ({
    number: from + index,
    tier,
    manners: "polite",
    talks: true,
    films: false,
  }));
}
