import { describe, expect, it } from "vitest";

import { nextSpeakers, noSpeakers, type SpeakerState } from "./speakers.ts";

const LOUD = 0.4;
const QUIET = 0.001;

function ownerOf(producerId: string): string | undefined {
  return producerId === "unknown" ? undefined : producerId.slice(0, "PA_a".length);
}

function speak(state: SpeakerState, ...levels: readonly (readonly [string, number])[]) {
  return nextSpeakers(
    state,
    levels.map(([producerId, level]) => ({ producerId, level })),
    ownerOf,
  );
}

describe("nextSpeakers", () => {
  it("says that somebody begins to speak, once", () => {
    const first = speak(noSpeakers, ["PA_a mic", LOUD]);
    const second = speak(first.state, ["PA_a mic", LOUD]);

    expect(first.changes).toEqual([{ sid: "PA_a", level: 0.5, isActive: true }]);
    expect(second.changes).toEqual([]);
  });

  it("bridges a pause between words, and says when somebody has become silent", () => {
    const speaking = speak(noSpeakers, ["PA_a mic", LOUD]);
    const pause = speak(speaking.state);
    const silence = speak(pause.state);

    expect(pause.changes).toEqual([]);
    expect(silence.changes).toEqual([{ sid: "PA_a", level: 0, isActive: false }]);
    expect(speak(silence.state).changes).toEqual([]);
  });

  it("takes the louder of two tracks of one participant", () => {
    const { changes } = speak(noSpeakers, ["PA_a mic", 0.1], ["PA_a screen", 0.9]);

    expect(changes).toEqual([{ sid: "PA_a", level: 1, isActive: true }]);
  });

  it("does not take noise or tracks of nobody for speech", () => {
    expect(speak(noSpeakers, ["PA_a mic", QUIET], ["unknown", LOUD]).changes).toEqual([]);
  });
});
