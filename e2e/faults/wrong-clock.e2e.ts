import { enterCall, type PersonBrowser } from "@conclave/bot/browser";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice, bob } from "../media/people.ts";
import { ownDevice } from "../page/debugHandle.ts";
import { expectFullCall, observe } from "../page/expectations.ts";
import { startStack, type Stack } from "../startStack.ts";
import { readCallRecord } from "./callRecord.ts";
import { Cast } from "./Cast.ts";
import { moveClock } from "./moveClock.ts";
import { passes } from "./passes.ts";
import { expectNoGap, watchGaps } from "./watchGaps.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The delayed leave of who was not heard of fires meanwhile. */
const LATER_MS = 10_000;
/** Nobody was to notice anything, but pictures have no figure here. */
const MAX_GAP_MS = 500;

describe("F19: clocks that are wrong", () => {
  const cast = new Cast();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterEach(() => cast.close());
  afterAll(() => stack.close());

  it.each([
    ["ten minutes ahead and a day behind, when each jumps to the other side", 10 * MINUTE_MS, -DAY_MS],
    ["a day ahead and ten minutes behind, when each jumps to the other side", DAY_MS, -10 * MINUTE_MS],
  ])("expire nobody: %s", async (_what, aheadMs, behindMs) => {
    const { roomId, linkId } = await stack.createRoom({ isEncrypted: true });
    const pair: [PersonBrowser, PersonBrowser] = [await cast.browser(alice), await cast.browser(bob)];
    const clocks = [await moveClock(pair[0], aheadMs), await moveClock(pair[1], behindMs)];
    for (const browser of pair) await enterCall(browser, stack.url, linkId);
    await expectFullCall(pair);
    const gaps = [await watchGaps(pair[0], [bob]), await watchGaps(pair[1], [alice])];
    await passes(1_000);
    for (const read of gaps) await read();

    await clocks[0]!(behindMs);
    await clocks[1]!(aheadMs);
    await passes(LATER_MS);

    const seen = await Promise.all(gaps.map((read) => read()));
    console.log(`F19, jumps of ${(aheadMs - behindMs) / MINUTE_MS} min: ${JSON.stringify(seen)}`);
    await expectFullCall(pair);
    for (const gap of seen) expectNoGap(gap, MAX_GAP_MS);
    for (const browser of pair) {
      expect((await observe(browser)).tiles).toHaveLength(2);
      expect(await browser.page.evaluate(() => window.conclave.call!.state.get().phase)).toBe("joined");
      const { userId } = await ownDevice(browser);
      const record = (await readCallRecord(stack.url, roomId)).filter((change) => change.userId === userId);
      expect(record.map(({ isIn }) => isIn)).toEqual([true]);
    }
  });
});
