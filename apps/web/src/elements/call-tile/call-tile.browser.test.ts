import { html } from "lit";
import { beforeEach, describe, expect, it } from "vitest";

import { mount } from "../../testing/mount.ts";
import { makeMember } from "../../testing/people.ts";
import { colourTrack } from "../../testing/realTracks.ts";
import type { CallTile } from "./call-tile.ts";
import "./call-tile.ts";

let told: string[];
let tile: CallTile;

beforeEach(async () => {
  told = [];
  tile = await mount<CallTile>(
    html`<call-tile .member=${makeMember("Ann")} .explain=${(text: string) => told.push(text)}></call-tile>`,
    { width: 640, height: 360 },
  );
});

describe("a tile", () => {
  it("shows the avatar until there is a picture, then the picture", async () => {
    const avatar = tile.renderRoot.querySelector("person-avatar");

    tile.video = colourTrack("green");
    await tile.updateComplete;

    const video = tile.renderRoot.querySelector("media-video")?.renderRoot.querySelector("video");
    expect(avatar?.name).toBe("Ann");
    await expect.poll(() => video?.videoWidth).toBe(64);
  });

  it("plays the new track when one is replaced", async () => {
    tile.video = colourTrack("green");
    await tile.updateComplete;
    const video = tile.renderRoot.querySelector("media-video")?.renderRoot.querySelector("video");

    const next = colourTrack("red");
    tile.video = next;
    await tile.updateComplete;
    await tile.renderRoot.querySelector("media-video")?.updateComplete;

    const shown = video?.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
    expect(shown).toEqual([next]);
  });

  it("rings while its person speaks, and not while muted", async () => {
    tile.member = makeMember("Ann", { isSpeaking: true });
    await tile.updateComplete;
    const speaking = tile.dataset["speaking"];

    tile.isMuted = true;
    await tile.updateComplete;

    expect(speaking).toBe("true");
    expect(tile.dataset["speaking"]).toBe("false");
  });

  it.each([
    ["waiting_for_key", "has not sent its key yet"],
    ["not_trusted", "has not verified this device"],
    ["failing", "cannot be decrypted"],
  ] as const)("says why nothing is seen while %s, and explains on a press", async (decryption, words) => {
    tile.member = makeMember("Ann", { decryption });
    await tile.updateComplete;
    const note = tile.renderRoot.querySelector<HTMLButtonElement>(".note");

    note?.click();

    expect(note?.textContent).toContain(words);
    expect(told).toHaveLength(1);
  });

  it("shows the shield for decrypted frames only", async () => {
    const before = tile.renderRoot.querySelector(".trust");

    tile.member = makeMember("Ann", { decryption: "plain" });
    await tile.updateComplete;

    expect(before).not.toBeNull();
    expect(tile.renderRoot.querySelector(".trust")).toBeNull();
  });

  it("shows a raised hand with its place in line, and reads it out", async () => {
    tile.member = makeMember("Ann", { handOrder: 2 });
    await tile.updateComplete;
    const shown = tile.renderRoot.querySelector(".hand span")?.textContent;
    const label = tile.getAttribute("aria-label");

    tile.member = makeMember("Ann");
    await tile.updateComplete;

    expect([shown, label]).toEqual(["2", "Ann, hand raised, number 2 in line, encrypted"]);
    expect(tile.getAttribute("aria-label")).toBe("Ann, encrypted");
    expect(tile.renderRoot.querySelector(".hand")).toBeNull();
  });

  it("shows an emoji for as long as the member has one, but not over its screen", async () => {
    tile.member = makeMember("Ann", { reaction: "🎉", handOrder: 1 });
    await tile.updateComplete;
    const shown = tile.renderRoot.querySelector(".emoji")?.textContent;

    tile.kind = "screen";
    await tile.updateComplete;

    expect([shown, tile.dataset["reaction"], tile.dataset["hand"]]).toEqual(["🎉", "", ""]);
    expect(tile.renderRoot.querySelector(".emoji, .hand")).toBeNull();
  });

  it("keeps an emoji whose text is markup as text", async () => {
    tile.member = makeMember("Ann", { reaction: "<" });
    await tile.updateComplete;

    expect(tile.renderRoot.querySelector(".emoji")?.textContent).toBe("<");
  });

  it("mirrors one's own picture and nobody else's", async () => {
    tile.video = colourTrack("green");
    await tile.updateComplete;
    const others = tile.renderRoot.querySelector("media-video")?.mirrored;

    tile.kind = "self";
    await tile.updateComplete;

    expect(others).toBe(false);
    expect(tile.renderRoot.querySelector("media-video")?.mirrored).toBe(true);
  });
});
