import { describe, expect, it } from "vitest";

import { SAMPLE_RATE, soundFeed } from "./soundFeed.ts";
import { ToneTally } from "./ToneTally.ts";

const TONE_HZ = 700;
const WINDOW = SAMPLE_RATE / 10;
const PACKETS = 5;

function tone(toneHz = TONE_HZ): Int16Array {
  const block = soundFeed(toneHz).next();
  return Int16Array.from({ length: WINDOW }, (_, at) => block[at % block.length]!);
}

function noise(): Int16Array {
  let state = 1;
  return Int16Array.from({ length: WINDOW }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state % 20_000) - 10_000;
  });
}

function hear(tally: ToneTally, windows: readonly Int16Array[], wasKeyless = false): void {
  for (const window of windows) tally.hear(window, TONE_HZ, { sampleRate: SAMPLE_RATE, wasKeyless });
}

function silence(windows: number): Int16Array[] {
  return Array.from({ length: windows }, () => new Int16Array(WINDOW));
}

describe("ToneTally", () => {
  it("counts the sender's tone as good", () => {
    const tally = new ToneTally();
    hear(tally, [tone(), tone(), tone()]);

    expect(tally.counts).toMatchObject({ good: 3 * PACKETS, spoiled: 0, foreign: 0, missing: 0 });
    expect(tally.toneHz).toBeCloseTo(TONE_HZ, 0);
    expect(tally.longestGapMs).toBe(0);
  });

  it("counts another tone as foreign, and noise that lasts longer than a concealed loss as spoiled", () => {
    const tally = new ToneTally();
    hear(tally, [tone(1_100), ...Array.from({ length: 5 }, noise)]);
    expect(tally.counts).toMatchObject({ good: 0, foreign: PACKETS, spoiled: 0 });

    hear(tally, [noise(), noise()]);

    expect(tally.counts).toMatchObject({ good: 0, foreign: PACKETS, spoiled: 2 * PACKETS });
  });

  it("finds the gap that losses leave, and says for want of what", () => {
    const tally = new ToneTally();
    hear(tally, [tone(), ...silence(3), tone()]);
    expect(tally.counts).toMatchObject({ good: 2 * PACKETS, missing: 3 * PACKETS, missingKey: 0 });
    expect(tally.longestGapMs).toBe(300);

    hear(tally, silence(20), true);
    hear(tally, [tone()]);

    expect(tally.counts).toMatchObject({ missing: 3 * PACKETS, missingKey: 20 * PACKETS });
    expect(tally.longestGapMs).toBe(2_000);
  });

  it("takes a tone that was cut and joined again for no other sound", () => {
    const tally = new ToneTally();
    const torn = Array.from({ length: 4 }, () => {
      const window = tone();
      for (const from of [700, 2_000, 3_300]) window.fill(0, from, from + 900);
      return window;
    });
    hear(tally, torn);

    expect(tally.counts).toMatchObject({ spoiled: 0, foreign: 0 });
    expect(tally.counts.good).toBeGreaterThan(0);
  });

  it("takes a long silence for a pause, and one after a mute for no gap at all", () => {
    const tally = new ToneTally();
    hear(tally, [tone(), ...silence(15), tone()]);
    tally.beginTrack();
    hear(tally, [...silence(3), tone()]);

    expect(tally.counts).toMatchObject({ missing: 0, missingKey: 0 });
    expect(tally.longestGapMs).toBe(0);
  });
});
