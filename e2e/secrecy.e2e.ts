import { enterCall, openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";

import { KeyListener } from "./KeyListener.ts";
import { alice, bob } from "./media/people.ts";
import { expectToSee } from "./page/expectations.ts";
import { startStack, type Stack } from "./startStack.ts";
import { FrameRecorder, type TappedFrame } from "./tap/FrameRecorder.ts";
import { openFrame } from "./tap/openFrame.ts";

/** What a leaver may still read. @see quality.md T8 */
const LEAVER_GRACE_MS = 2_000;
/** What a joiner may read of before. @see quality.md T9 */
const JOINER_GRACE_MS = 10_000;
/** How long a story records beyond the limit that it tests. */
const MARGIN_MS = 4_000;

describe("who was not there", () => {
  let recorder: FrameRecorder;
  let stack: Stack;
  let browsers: PersonBrowser[] = [];
  let listener: KeyListener | undefined;

  beforeEach(async () => {
    recorder = new FrameRecorder();
    stack ??= await startStack({ sfuTap: (packet) => recorder.tap(packet) });
  });

  afterEach(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await listener?.close();
    browsers = [];
  });

  afterAll(() => stack.close());

  async function callOfTwo(linkId: string): Promise<void> {
    browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
    for (const browser of browsers) await enterCall(browser, stack.url, linkId);
    await expectToSee(browsers[0]!, bob);
    await expectToSee(browsers[1]!, alice);
  }

  async function recordUntil(atMs: number): Promise<void> {
    await expect
      .poll(() => recorder.frames.at(-1)?.receivedAtMs, { timeout: 60_000, interval: 200 })
      .toBeGreaterThan(atMs);
  }

  function readable(frames: readonly TappedFrame[]): TappedFrame[] {
    const keys = listener!.allKeys();
    return frames.filter((frame) => openFrame(frame, keys) !== undefined);
  }

  it("a member who left decrypts nothing that was sent more than 2 s after it left", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    listener = await KeyListener.open(stack.url, linkId);
    await listener.join();
    await callOfTwo(linkId);
    await expect.poll(() => readable(recorder.frames).length, { timeout: 20_000 }).toBeGreaterThan(50);

    await listener.leave();
    const leftAtMs = Date.now();
    await recordUntil(leftAtMs + LEAVER_GRACE_MS + MARGIN_MS);

    const later = recorder.frames.filter((frame) => frame.receivedAtMs > leftAtMs + LEAVER_GRACE_MS);
    const last = Math.max(...readable(recorder.frames).map((frame) => frame.receivedAtMs)) - leftAtMs;
    console.log(`leaver: ${later.length} frames sent later than 2 s, last readable ${last} ms after the leave`);
    expect(later.length).toBeGreaterThan(100);
    expect(readable(later)).toEqual([]);
    await expectToSee(browsers[0]!, bob);
    await expectToSee(browsers[1]!, alice);
  });

  it("a joiner decrypts nothing that was sent more than 10 s before it came", async () => {
    const { linkId } = await stack.createRoom({ isEncrypted: true });
    await callOfTwo(linkId);
    await recordUntil(Date.now() + JOINER_GRACE_MS + MARGIN_MS);

    listener = await KeyListener.open(stack.url, linkId);
    const joinedAtMs = Date.now();
    await listener.join();
    await expect
      .poll(() => readable(recorder.frames).filter((frame) => frame.receivedAtMs > joinedAtMs).length, {
        timeout: 30_000,
      })
      .toBeGreaterThan(50);

    const earlier = recorder.frames.filter((frame) => frame.receivedAtMs < joinedAtMs - JOINER_GRACE_MS);
    const first = Math.min(...readable(recorder.frames).map((frame) => frame.receivedAtMs)) - joinedAtMs;
    console.log(
      `joiner: ${earlier.length} frames from more than 10 s before, first readable ${first} ms from the join`,
    );
    expect(earlier.length).toBeGreaterThan(100);
    expect(readable(earlier)).toEqual([]);
  });
});
