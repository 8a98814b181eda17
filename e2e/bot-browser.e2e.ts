import { type BrowserBot, openBrowserBot } from "@conclave/bot/browser";
import { silentLogger, systemClock } from "@conclave/kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { KeyListener } from "./KeyListener.ts";
import { startStack, type Stack } from "./startStack.ts";

type Received = Awaited<ReturnType<BrowserBot["report"]>>["received"][number];
type Media = Pick<BrowserBot["spec"], "talks" | "films">;

interface Making {
  readonly takenFor?: (userId: string) => number | undefined;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Members that have been there before. */
  readonly crowd?: number;
}

const BOTH: Media = { talks: true, films: true };
const NEITHER: Media = { talks: false, films: false };
/** Of different picture and tone. */
const NUMBERS = [3, 7];
const PATIENCE = { timeout: 60_000, interval: 500 };

describe("browser bots", () => {
  let stack: Stack;
  let bots: BrowserBot[] = [];
  let crowd: KeyListener[] = [];

  beforeAll(async () => {
    stack = await startStack();
  });

  afterEach(async () => {
    await Promise.all([...bots, ...crowd].map((participant) => participant.close()));
    bots = [];
    crowd = [];
  });

  afterAll(() => stack.close());

  const numberOf = (userId: string): number | undefined => bots.find((bot) => bot.userId === userId)?.spec.number;

  async function makeBots(media: readonly Media[], making: Making = {}): Promise<[BrowserBot, BrowserBot]> {
    const { linkId, roomId } = await stack.createRoom({ isEncrypted: true });
    for (let index = 0; index < (making.crowd ?? 0); index++) crowd.push(await KeyListener.open(stack.url, linkId));
    for (const member of crowd) await member.join();
    bots = media.map((wishes, index) =>
      openBrowserBot(
        { clock: systemClock, logger: silentLogger },
        { number: NUMBERS[index]!, tier: "browser", manners: "polite", ...wishes },
        { homeserverUrl: stack.url, webAppUrl: stack.url, roomId, linkId },
        { numberOf: making.takenFor ?? numberOf, ...(making.viewport ? { viewport: making.viewport } : {}) },
      ),
    );
    await Promise.all(bots.map((bot) => bot.prepare()));
    for (const bot of bots) await bot.join();
    return bots as [BrowserBot, BrowserBot];
  }

  async function received(by: BrowserBot, kind: "audio" | "video"): Promise<Received | undefined> {
    return (await by.report()).received.find((stream) => stream.kind === kind);
  }

  async function expectMore(by: BrowserBot, kind: "audio" | "video"): Promise<void> {
    const before = (await received(by, kind))?.counts.good ?? 0;
    await expect.poll(async () => (await received(by, kind))?.counts.good ?? 0, PATIENCE).toBeGreaterThan(before + 30);
  }

  it("report each other's picture and tone as decrypted, and every failure as none", async () => {
    const [first, second] = await makeBots([BOTH, BOTH]);

    for (const bot of [first, second]) {
      await expectMore(bot, "video");
      await expectMore(bot, "audio");
      const { findings, keys, received, sent, stays } = await bot.report();
      expect(received.map(({ from }) => from)).toEqual(bot === first ? [7, 7] : [3, 3]);
      for (const { counts, keyState, psnrDb, ...instants } of received) {
        expect(counts).toMatchObject({
          spoiled: 0,
          foreign: 0,
          authFailed: 0,
          malformed: 0,
          replayed: 0,
          plaintext: 0,
        });
        expect(keyState).toBe("opens");
        expect(psnrDb ?? 100).toBeGreaterThan(30);
        expect(instants.firstPacketAtMs).toBeGreaterThanOrEqual(instants.signalledAtMs!);
        expect(instants.firstDecryptedAtMs).toBeGreaterThanOrEqual(instants.signalledAtMs!);
        expect(instants.lastDecryptedAtMs).toBeGreaterThan(instants.firstDecryptedAtMs!);
      }
      expect(Object.keys(stays[0]!.marks)).toEqual(expect.arrayContaining(["click", "granted", "first_key"]));
      expect(stays).toEqual([expect.not.objectContaining({ failure: expect.anything() as unknown })]);
      expect(keys.installed).toBeGreaterThan(0);
      expect(sent.map(({ kind, frames }) => [kind, frames > 30])).toEqual([
        ["audio", true],
        ["video", true],
      ]);
      expect(findings).toEqual([]);
    }
  });

  it("see nothing good in somebody who is taken for another bot", async () => {
    const [first] = await makeBots([BOTH, BOTH], { takenFor: (userId) => numberOf(userId)! + 1 });
    await expect.poll(async () => (await received(first, "video"))?.counts.foreign, PATIENCE).toBeGreaterThan(30);
    await expect.poll(async () => (await received(first, "audio"))?.counts.spoiled, PATIENCE).toBeGreaterThan(20);

    for (const kind of ["audio", "video"] as const) {
      const stream = await received(first, kind);
      expect(stream?.counts.good).toBe(0);
      expect(stream?.firstDecryptedAtMs).toBeUndefined();
    }
  });

  it("mute and go on, and neither side takes the pause for a fault", async () => {
    const [first, second] = await makeBots([BOTH, BOTH]);
    await expectMore(first, "video");
    await expectMore(first, "audio");

    await second.setTalking(false);
    await second.setFilming(false);
    await expect
      .poll(async () => (await second.report()).sent.map(({ toMs }) => toMs), PATIENCE)
      .not.toContain(undefined);
    const mutedAtMs = Date.now();
    await expectMore(second, "video");
    await expectMore(second, "audio");
    for (const kind of ["audio", "video"] as const)
      expect((await received(first, kind))?.lastDecryptedAtMs).toBeLessThan(mutedAtMs + 1_000);

    await second.setTalking(true);
    await second.setFilming(true);
    await expectMore(first, "video");
    await expectMore(first, "audio");
    for (const kind of ["audio", "video"] as const) {
      const { longestGapMs, counts } = (await received(first, kind))!;
      expect(longestGapMs).toBeLessThan(1_500);
      expect(counts).toMatchObject({ spoiled: 0, foreign: 0 });
    }
    expect((await second.report()).sent).toHaveLength(4);
  });

  it("leave, come back, vanish and come back as the same user", async () => {
    const [first, second] = await makeBots([BOTH, BOTH]);
    const { userId } = second;

    await second.leave();
    await second.join();
    await expectMore(first, "video");
    await second.vanish();
    expect(second.processes()).toEqual([]);
    await second.join();
    await expectMore(first, "video");
    await expectMore(second, "audio");

    expect(second.userId).toBe(userId);
    const { findings, stays, received } = await second.report();
    expect(stays.map(({ failure, joinedAtMs, leftAtMs }) => [failure, joinedAtMs! > 0, leftAtMs! > 0])).toEqual([
      [undefined, true, true],
      [undefined, true, true],
      [undefined, true, false],
    ]);
    expect(received).toHaveLength(2);
    expect(findings).toEqual([]);
  });

  it("listen without sending anything if they neither talk nor film", async () => {
    const [first, second] = await makeBots([NEITHER, BOTH]);

    await expectMore(first, "video");
    await expectMore(first, "audio");

    expect((await first.report()).sent).toEqual([]);
    expect((await second.report()).received.map(({ counts }) => counts.good)).toEqual([]);
  });

  it("see somebody for whom the app has no room", async () => {
    // On a phone the app shows six people at a time.
    const [first] = await makeBots([BOTH, BOTH], { viewport: { width: 390, height: 844 }, crowd: 6 });

    await expectMore(first, "video");
    await expectMore(first, "video");

    expect(await received(first, "video")).toMatchObject({
      from: 7,
      counts: { spoiled: 0, foreign: 0, missingKey: 0 },
    });
  });

  it("report a crash and a room that is not there, and never reject", async () => {
    const [first] = await makeBots([BOTH]);
    process.kill(first.processes()[0]!, "SIGKILL");
    await expect.poll(async () => (await first.report()).findings.map(({ code }) => code)).toEqual(["crashed"]);
    expect((await first.report()).stays[0]?.failure?.code).toBe("crashed");

    const lost = openBrowserBot(
      { clock: systemClock, logger: silentLogger },
      { number: 9, tier: "browser", manners: "polite", ...BOTH },
      { homeserverUrl: stack.url, webAppUrl: stack.url, roomId: "!none:x", linkId: "none-none-non" },
      { numberOf },
    );
    bots.push(lost);
    await lost.join();
    expect((await lost.report()).stays).toEqual([
      expect.objectContaining({ failure: { code: "room_not_found", evidence: expect.any(String) as unknown } }),
    ]);
  });
});
