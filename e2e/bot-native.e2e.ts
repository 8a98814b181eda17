import { webcrypto } from "node:crypto";

import { enterCall, openBrowser, type Person, type PersonBrowser } from "@conclave/bot/browser";
import { type BotMedia, type BotSpec, mediaPersonOf, openNativeMedia, type StreamReport } from "@conclave/bot/native";
import { type Call, joinCall } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { memoryAccountStore, sfuClientSuite } from "@conclave/call/testing";
import { Scope, silentLogger, systemClock } from "@conclave/kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { startSfu, type StartedSfu } from "./bot-sfu/startSfu.ts";
import { KeyListener } from "./KeyListener.ts";
import { expectToHear, expectToSee } from "./page/expectations.ts";
import { startStack, type Stack } from "./startStack.ts";

const PATIENCE = { timeout: 30_000, interval: 100 };
const PROFILE = { audioFrameMs: 20, videoFramesPerSecond: 12, videoFrameBytes: 0 } as const;
/** Two with different pictures and tones. */
const BOT_NUMBER = 2;
const BROWSER_NUMBER = 5;
/** Enough of both kinds to say that they flow: 3 s of sound, 2 s of pictures. */
const MORE = { audio: 150, video: 24 } as const;

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return webcrypto.getRandomValues(new Uint8Array(length));
}

function specOf(number: number): BotSpec {
  return { number, tier: "native", manners: "polite", talks: true, films: true };
}

describe("a native bot's SFU client over our SFU", () => {
  let sfu: StartedSfu;
  let media: BotMedia;

  beforeAll(async () => {
    sfu = await startSfu();
    const deps = { clock: systemClock, logger: silentLogger, randomBytes, numberOf: () => undefined };
    media = openNativeMedia(deps, specOf(BOT_NUMBER), PROFILE);
  });

  afterAll(async () => {
    await media.close();
    await sfu.close();
  });

  it.each(sfuClientSuite.map((scenario) => [scenario.name, scenario] as const))("%s", async (name, scenario) => {
    await scenario.run({
      client: media.sfu,
      grantFor: (identity) => sfu.grantFor(name, identity),
      createTrack: (kind) => (kind === "audio" ? media.createMicrophone() : media.createCamera()),
      until: async (what, condition) => {
        await expect.poll(condition, { ...PATIENCE, message: what }).toBe(true);
      },
    });
  });
});

/** A native bot in a call, as `joinCall` makes it. */
interface NativeMember {
  readonly call: Call;
  readonly media: BotMedia;
  close(): Promise<void>;
}

function personOf(number: number): Person {
  const { colour, personId, toneHz } = mediaPersonOf(number);
  return { name: `Bot ${number}`, id: personId, colour, toneHz };
}

describe("a native bot in an encrypted call", () => {
  let stack: Stack;
  let browser: PersonBrowser | undefined;
  let bots: NativeMember[] = [];
  let third: KeyListener | undefined;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterEach(async () => {
    await Promise.all(bots.map((bot) => bot.close()));
    await browser?.close();
    await third?.close();
    bots = [];
    browser = undefined;
    third = undefined;
  });

  afterAll(() => stack.close());

  async function enter(linkId: string, number: number, other: number): Promise<NativeMember> {
    const scope = new Scope();
    const deps = { clock: systemClock, logger: silentLogger, fetch, randomBytes };
    const account = memoryAccountStore();
    const matrix = await openMatrixHttp(
      { ...deps, homeserverUrl: stack.url, account, cryptoStoreName: `native-${number}` },
      scope,
    );
    await matrix.setDisplayName(`Bot ${number}`);
    const roomId = await matrix.joinByLink(linkId);
    await matrix.cryptoReady;
    const media = openNativeMedia({ ...deps, numberOf: () => other }, specOf(number), PROFILE);
    const { createFrameCrypto, sfu } = media;
    const tracks = { microphone: media.createMicrophone(), camera: media.createCamera() };
    const call = await joinCall({ ...deps, matrix, sfu, createFrameCrypto }, { roomId, ...tracks });
    const bot = {
      call,
      media,
      async close() {
        await call.leave();
        await scope.end();
        await media.close();
      },
    };
    bots.push(bot);
    return bot;
  }

  function received({ media }: NativeMember, kind: "audio" | "video"): StreamReport | undefined {
    return media.streams(() => 0).find((stream) => stream.kind === kind);
  }

  /** Waits until so many more frames were decoded whose content is right. */
  async function expectMore(bot: NativeMember): Promise<void> {
    for (const kind of ["audio", "video"] as const) {
      const before = received(bot, kind)?.counts.good ?? 0;
      await expect
        .poll(() => received(bot, kind)?.counts.good ?? 0, { ...PATIENCE, message: kind })
        .toBeGreaterThan(before + MORE[kind]);
    }
  }

  function expectNothingWrong(bot: NativeMember): void {
    for (const kind of ["audio", "video"] as const) {
      expect(received(bot, kind), kind).toMatchObject({
        keyState: "opens",
        counts: { spoiled: 0, foreign: 0, plaintext: 0, authFailed: 0 },
      });
    }
  }

  async function rotateKeys(linkId: string): Promise<void> {
    third = await KeyListener.open(stack.url, linkId);
    await third.join();
    await expect.poll(() => third!.keys.size, PATIENCE).toBe(2);
    await third.leave();
  }

  it("and a browser decode each other's picture and tone, and go on when the keys have changed", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    browser = await openBrowser(personOf(BROWSER_NUMBER));
    await enterCall(browser, stack.url, linkId);
    const bot = await enter(linkId, BOT_NUMBER, BROWSER_NUMBER);
    await expectToSee(browser, personOf(BOT_NUMBER), 40_000);
    await expectToHear(browser, personOf(BOT_NUMBER));
    await expectMore(bot);
    await expect.poll(() => bot.call.trust.get().state, PATIENCE).toBe("locked");
    const indexBefore = bot.call.statistics.get().ownKeyIndex;

    await rotateKeys(linkId);
    await expect.poll(() => bot.call.statistics.get().ownKeyIndex, PATIENCE).not.toBe(indexBefore);

    await expectMore(bot);
    await expectToSee(browser, personOf(BOT_NUMBER));
    await expectToHear(browser, personOf(BOT_NUMBER));
    expectNothingWrong(bot);
    console.log("native of browser", JSON.stringify(bot.media.streams(() => BROWSER_NUMBER)));
  });

  it("and another decode each other's picture and tone, and go on when the keys have changed", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    const first = await enter(linkId, BOT_NUMBER, BROWSER_NUMBER);
    const second = await enter(linkId, BROWSER_NUMBER, BOT_NUMBER);
    await Promise.all([first, second].map(expectMore));

    await rotateKeys(linkId);

    await Promise.all([first, second].map(expectMore));
    for (const bot of [first, second]) {
      expectNothingWrong(bot);
      expect(received(bot, "video")?.psnrDb).toBeGreaterThan(25);
    }
    expect(received(first, "audio")?.toneHz).toBeCloseTo(mediaPersonOf(BROWSER_NUMBER).toneHz, 0);
    console.log("native of native", JSON.stringify(first.media.streams(() => BROWSER_NUMBER)));
  });

  it("tells that it hears and sees somebody else than the signalling says", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    const first = await enter(linkId, BOT_NUMBER, BROWSER_NUMBER + 1);
    await enter(linkId, BROWSER_NUMBER, BOT_NUMBER);

    for (const kind of ["audio", "video"] as const) {
      await expect.poll(() => received(first, kind)?.counts.foreign ?? 0, PATIENCE).toBeGreaterThan(MORE[kind]);
      expect(received(first, kind)?.counts.good).toBe(0);
    }
  });
});
