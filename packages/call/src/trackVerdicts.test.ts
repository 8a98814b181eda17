import type { DecryptCounts, TransformReport } from "@conclave/frame-crypto";
import { describe, expect, it } from "vitest";

import { TrackVerdicts } from "./trackVerdicts.ts";

function report(transformId: string, state: TransformReport["state"], decrypted: number): TransformReport {
  const counts = { decrypted } as DecryptCounts;
  return { transformId, ownerId: `camera ${transformId}`, kind: "video", direction: "receive", counts, state };
}

describe("TrackVerdicts", () => {
  it("keeps the newest state of each owner, also over a new transform", () => {
    const verdicts = new TrackVerdicts();

    verdicts.note(report("a", "ok", 1));
    verdicts.note({ ...report("b", "no_key", 0), ownerId: "camera a" });

    expect(verdicts.received.get().get("camera a")).toBe("no_key");
  });

  it("does not change what is derived from states when only counts grow", () => {
    const verdicts = new TrackVerdicts();
    verdicts.note(report("a", "ok", 1));
    const before = verdicts.received.get();

    verdicts.note(report("a", "ok", 2));

    expect(verdicts.received.get()).toBe(before);
    expect(verdicts.totals.get().received).toEqual({ decrypted: 2 });
  });

  it("forgets nothing of the totals and keeps bounded lists under a flood of tracks", () => {
    const verdicts = new TrackVerdicts();

    for (let index = 0; index < 5_000; index++) verdicts.note(report(String(index), "ok", 1));

    expect(verdicts.totals.get().received).toEqual({ decrypted: 5_000 });
    expect(verdicts.received.get().size).toBe(4_096);
  });
});
