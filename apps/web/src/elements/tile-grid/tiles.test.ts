import { describe, expect, it } from "vitest";

import type { MediaView } from "../../media/MediaView.ts";
import { NO_DEVICES } from "../../media/devicePort.ts";
import { FakeTrack } from "../../testing/FakeDevices.ts";
import { makeMember } from "../../testing/people.ts";
import { tilesOf } from "./tiles.ts";

const video = new FakeTrack("video") as unknown as MediaStreamTrack;
const media: MediaView = {
  microphone: { phase: "off" },
  camera: { phase: "on", track: video, isMuted: false },
  screen: { phase: "off" },
  devices: NO_DEVICES,
  chosen: { microphone: "", camera: "", speaker: "" },
};

describe("tiles", () => {
  it("put shared screens first and people in the order of the call", () => {
    const ann = makeMember("Ann", { screen: { sid: "screen", track: video, isMuted: false } });
    const self = makeMember("Mira", { isSelf: true });

    const tiles = tilesOf([makeMember("Bo"), ann, self], media);

    expect(tiles.map((tile) => tile.key)).toEqual(["ann screen", "bo", "ann", "mira"]);
    expect(tiles.map((tile) => tile.kind)).toEqual(["screen", "person", "person", "self"]);
  });

  it("show oneself from the own camera and microphone, before any server says so", () => {
    const [self] = tilesOf([makeMember("Mira", { isSelf: true })], media);

    expect(self).toMatchObject({ video, isMuted: true });
  });

  it("show no picture of a camera that is muted", () => {
    const [bo] = tilesOf([makeMember("Bo", { camera: { sid: "c", track: video, isMuted: true } })], media);

    expect(bo?.video).toBeUndefined();
  });

  it("show one's own shared screen at once", () => {
    const tiles = tilesOf([makeMember("Mira", { isSelf: true })], {
      ...media,
      screen: { phase: "on", video, audio: undefined },
    });

    expect(tiles.map((tile) => tile.kind)).toEqual(["screen", "self"]);
  });
});
