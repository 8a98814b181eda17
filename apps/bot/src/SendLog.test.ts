import { expect, it } from "vitest";

import { SendLog } from "./SendLog.ts";

it("makes one interval of frames that follow each other, and begins the next after a pause", () => {
  const log = new SendLog();
  for (const atMs of [0, 20, 40, 1_000, 1_020]) log.note("audio", atMs);
  log.note("video", 30);

  expect(log.intervals()).toEqual([
    { kind: "audio", fromMs: 0, toMs: 40, frames: 3 },
    { kind: "audio", fromMs: 1_000, toMs: 1_020, frames: 2 },
    { kind: "video", fromMs: 30, toMs: 30, frames: 1 },
  ]);
});
