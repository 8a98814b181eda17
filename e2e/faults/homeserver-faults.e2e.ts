import { enterCall } from "@conclave/bot/browser";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { alice, bob } from "../media/people.ts";
import { ownDevice } from "../page/debugHandle.ts";
import { expectFullCall, observe } from "../page/expectations.ts";
import { accessTokenOf } from "./accessTokenOf.ts";
import { readCallRecord } from "./callRecord.ts";
import { HOMESERVER, KEY_SEND, RESTART, SYNC } from "./requests.ts";
import { Stage } from "./Stage.ts";
import { watchPhases } from "./watchPhases.ts";
import { byTarget, longestGapMs, mostAtOnce, pauseAfterFaultMs } from "./Traffic.ts";

/** The homeserver takes out who has said nothing for so long. */
const LEAVE_DELAY_MS = 9_000;
const RESTART_PACE_MS = 3_000;
/** Clocks of timers and of stamps differ by this. */
const TIMER_MS = 10;
const CLIENTS = 30;
const SLOW = { timeout: 60_000 };

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterEach(() => stage.clear());
afterAll(() => stage.close());

describe("F9: a homeserver that answers late", () => {
  it.each([2_000, 10_000])(
    "lets a join complete, once, and keeps everybody in, with answers after %i ms",
    { timeout: 300_000 },
    async (delayMs) => {
      const { roomId, linkId } = await stage.stack.createRoom({ isEncrypted: true });
      const [first, second] = [await stage.cast.browser(alice), await stage.cast.browser(bob)];
      second.page.setDefaultTimeout(180_000);
      await enterCall(first, stage.proxy.url, linkId);
      stage.proxy.add({ match: HOMESERVER, fault: { type: "delay", delayMs } });
      const earlier = stage.proxy.passages(RESTART).length;

      const openedAtMs = Date.now();
      await enterCall(second, stage.proxy.url, linkId);
      const joinedAtMs = Date.now();
      await expectFullCall([first, second], 120_000);
      const fullAtMs = Date.now();
      const phases = await Promise.all([first, second].map(watchPhases));
      await Promise.all([first, second].map(async (browser) => stage.outlive(3, await accessTokenOf(browser))));

      const restarts = byTarget(stage.proxy.passages(RESTART).slice(earlier)).filter(({ length }) => length > 1);
      const gapMs = Math.max(...restarts.map(longestGapMs));
      const atOnce = Math.max(...restarts.map(mostAtOnce));
      const seen = await Promise.all(phases.map((read) => read()));
      console.log(
        `F9, ${delayMs} ms: in after ${joinedAtMs - openedAtMs} ms from the link, all media after ${fullAtMs - openedAtMs} ms; ` +
          `restarts: at most ${gapMs} ms apart, ${atOnce} at once; ` +
          `phases: ${JSON.stringify(seen)}`,
      );
      // Also who came before the homeserver became slow, and has a longer delayed leave by now.
      expect(seen).toEqual([["joined"], ["joined"]]);
      expect(gapMs).toBeLessThan(LEAVE_DELAY_MS);
      if (delayMs > RESTART_PACE_MS) expect(atOnce).toBeGreaterThan(1);
      for (const browser of [first, second]) {
        const record = await stage.recordOf(roomId, (await ownDevice(browser)).userId);
        // A delayed leave that fired before its answer came, and so before the join, says "out" to nobody.
        expect(record.slice(record.indexOf(true))).toEqual([true]);
        expect((await observe(browser)).tiles).toHaveLength(2);
      }
    },
  );
});

describe("F10: 429 from the homeserver", () => {
  it.each([3_000, 10_000])(
    "makes a key wait as long as it says, and at most a second longer (retry after %i ms)",
    async (retryAfterMs) => {
      const { linkId } = await stage.stack.createRoom({ isEncrypted: true });
      const [sender, receiver] = [
        await stage.cast.listener(stage.proxy.url, linkId),
        await stage.cast.listener(stage.proxy.url, linkId),
      ];
      const { accessToken, userId } = sender.account;
      await sender.join();
      stage.proxy.add({ match: { ...KEY_SEND, accessToken }, fault: { type: "refuse", retryAfterMs }, times: 1 });

      await receiver.join();
      await expect.poll(() => receiver.keys.get(userId)?.length, { ...SLOW, interval: 10 }).toBeGreaterThan(0);

      const sends = stage.proxy.passages({ ...KEY_SEND, accessToken });
      const delayMs = Date.now() - sends[0]!.endedAtMs!;
      console.log(`F10, sendToDevice: retry after ${retryAfterMs} ms, key there after ${delayMs} ms`);
      // Of the same request: others, such as a confirmation, are on their way meanwhile.
      const [pauseMs] = byTarget(sends)
        .map(pauseAfterFaultMs)
        .filter((pause) => pause !== undefined);
      expect(pauseMs).toBeGreaterThanOrEqual(retryAfterMs - TIMER_MS);
      expect(delayMs).toBeLessThanOrEqual(retryAfterMs + 1_000);
    },
  );

  it("to the restarts of thirty clients on one address takes none of them out", async () => {
    const retryAfterMs = 2_000;
    const { roomId, linkId } = await stage.stack.createRoom({ isEncrypted: true });
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => stage.cast.member(stage.proxy.url, linkId)),
    );
    await Promise.all(clients.map((client) => client.join()));
    const tokens = clients.map(({ account }) => account.accessToken);
    for (const accessToken of tokens)
      stage.proxy.add({ match: { ...RESTART, accessToken }, fault: { type: "refuse", retryAfterMs }, times: 1 });

    await Promise.all(tokens.map((accessToken) => stage.outlive(3, accessToken)));

    const pauses = tokens.map(
      (accessToken) => pauseAfterFaultMs(stage.proxy.passages({ ...RESTART, accessToken })) ?? 0,
    );
    console.log(`F10, restarts: came again after ${Math.min(...pauses)} to ${Math.max(...pauses)} ms`);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(retryAfterMs - TIMER_MS);
    const record = await readCallRecord(stage.stack.url, roomId);
    expect(record.filter(({ isIn }) => isIn)).toHaveLength(CLIENTS);
    expect(record).toHaveLength(CLIENTS);
    for (const { session } of clients) {
      expect(session.state.get()).toEqual({ phase: "joined", isProbablyLeft: false });
      expect(session.members.get()).toHaveLength(CLIENTS);
    }
  });

  it("to sync, restart and key of two browsers disconnects neither", async () => {
    const retryAfterMs = 3_000;
    const { roomId, linkId } = await stage.stack.createRoom({ isEncrypted: true });
    const pair = [await stage.cast.browser(alice), await stage.cast.browser(bob)];
    for (const browser of pair) await enterCall(browser, stage.proxy.url, linkId);
    await expectFullCall(pair);
    const tokens = await Promise.all(pair.map(accessTokenOf));
    const listener = await stage.cast.listener(stage.proxy.url, linkId);
    const patterns = tokens.flatMap((accessToken) => [SYNC, RESTART, KEY_SEND].map((p) => ({ ...p, accessToken })));
    const earlier = new Map(patterns.map((pattern) => [pattern, stage.proxy.passages(pattern).length]));
    const phases = await Promise.all(pair.map(watchPhases));
    for (const match of patterns) stage.proxy.add({ match, fault: { type: "refuse", retryAfterMs }, times: 1 });

    await listener.join();
    const users = await Promise.all(pair.map(async (browser) => (await ownDevice(browser)).userId));
    await expect.poll(() => users.filter((user) => listener.keys.has(user)), SLOW).toEqual(users);
    await Promise.all(tokens.map((accessToken) => stage.outlive(2, accessToken)));

    for (const pattern of patterns) {
      const pauseMs = pauseAfterFaultMs(stage.proxy.passages(pattern).slice(earlier.get(pattern)));
      expect(pauseMs, String(pattern.target)).toBeGreaterThanOrEqual(retryAfterMs - TIMER_MS);
    }
    await expectFullCall(pair);
    for (const read of phases) expect(await read()).toEqual(["joined"]);
    for (const user of users) expect(await stage.recordOf(roomId, user)).toEqual([true]);
  });
});
