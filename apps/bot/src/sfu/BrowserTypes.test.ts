import { describe, expect, it } from "vitest";

import { BotTrack } from "./BotTrack.ts";
import { BrowserTypes } from "./BrowserTypes.ts";

class OneTrack extends BotTrack<string> {}
class OtherTrack extends BotTrack<number> {}

const one = new BrowserTypes<OneTrack, object>(OneTrack);
const other = new BrowserTypes<OtherTrack, object>(OtherTrack);

describe("BrowserTypes", () => {
  it("gives back what it was given", () => {
    const track = new OneTrack("audio", "sound");
    const [sender, receiver] = [{}, {}];

    expect(one.fromMediaStreamTrack(one.asMediaStreamTrack(track))).toBe(track);
    expect(one.fromRtcEnd(one.asRtcSender(sender))).toBe(sender);
    expect(one.fromRtcEnd(one.asRtcReceiver(receiver))).toBe(receiver);
  });

  it("takes nothing of another tier", () => {
    const track = other.asMediaStreamTrack(new OtherTrack("audio"));
    const end = other.asRtcSender({});

    expect(() => one.fromMediaStreamTrack(track)).toThrow(TypeError);
    expect(() => one.fromRtcEnd(end)).toThrow(TypeError);
  });
});

describe("BotTrack", () => {
  it("is live until it is stopped", () => {
    const track = new OneTrack("video");
    expect([track.readyState, track.enabled]).toEqual(["live", true]);

    track.stop();

    expect(track.readyState).toBe("ended");
  });
});
