import { expect, it } from "vitest";

import { OwnMedia } from "./OwnMedia.ts";

it("keeps one interval for each time of sending, with the frames that went out in it", () => {
  const own = new OwnMedia();

  own.note("audio", false, { ms: 0, frames: 0 });
  own.note("audio", true, { ms: 100, frames: 0 });
  own.note("audio", true, { ms: 200, frames: 5 });
  own.note("audio", false, { ms: 300, frames: 10 });
  own.note("audio", true, { ms: 900, frames: 10 });

  expect(own.read(() => 17)).toEqual([
    { kind: "audio", fromMs: 100, toMs: 300, frames: 10 },
    { kind: "audio", fromMs: 900, frames: 7 },
  ]);
});
