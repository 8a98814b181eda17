import { Scope } from "@conclave/kit";
import { expect, it } from "vitest";

import { watchSoundLevel } from "./watchSoundLevel.ts";

it("shows a loud tone as loud and silence as nothing", async () => {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const gain = new GainNode(context, { gain: 0 });
  const tone = new OscillatorNode(context, { frequency: 440 });
  tone.connect(gain).connect(destination);
  tone.start();
  const [track] = destination.stream.getAudioTracks();
  const scope = new Scope();
  let level = -1;

  watchSoundLevel(track!, scope, (now) => (level = now));

  await expect.poll(() => level).toBe(0);
  gain.gain.value = 0.5;
  await expect.poll(() => level).toBeGreaterThan(0.9);
  await scope.end();
  await context.close();
});
