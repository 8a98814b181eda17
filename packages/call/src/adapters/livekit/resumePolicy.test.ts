import { describe, expect, it } from "vitest";

import { resumePolicy } from "./resumePolicy.ts";

describe("resumePolicy", () => {
  it("tries at once, then a little later each time, at most a second apart", () => {
    const delays = [0, 1, 2, 3, 9].map((retryCount) => resumePolicy.nextRetryDelayInMs({ retryCount, elapsedMs: 0 }));

    expect(delays).toEqual([0, 300, 700, 1_000, 1_000]);
  });

  it("gives up when an SFU has forgotten the participant anyway", () => {
    expect(resumePolicy.nextRetryDelayInMs({ retryCount: 12, elapsedMs: 15_001 })).toBeNull();
  });
});
