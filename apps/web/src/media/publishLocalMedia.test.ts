import { Scope } from "@conclave/kit";
import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, expect, it } from "vitest";

import { Preferences } from "../preferences/Preferences.ts";
import { FakeCall } from "../testing/FakeCall.ts";
import { makeGate } from "../testing/makeGate.ts";
import { FakeDevices } from "../testing/FakeDevices.ts";
import { LocalMedia } from "./LocalMedia.ts";
import { trackOf } from "./MediaView.ts";
import { publishLocalMedia } from "./publishLocalMedia.ts";

const processing = { noiseSuppression: true, echoCancellation: true, autoGainControl: true };

let call: FakeCall;
let media: LocalMedia;
let scope: Scope;
let faults: unknown[];

beforeEach(async () => {
  scope = new Scope();
  call = new FakeCall();
  faults = [];
  media = new LocalMedia({ devices: new FakeDevices(), preferences: new Preferences(undefined), processing }, scope);
  await media.start();
});

afterEach(() => scope.end());

it("publishes nothing again that the join was already given", async () => {
  publishAsJoined();
  await settlePromises();

  expect(call.told).toEqual([]);
});

it("does not publish a microphone that was muted from the start until it is unmuted", async () => {
  await media.setMicrophoneOn(false);
  publish({ microphone: undefined, camera: trackOf(media.camera.get()) });
  await settlePromises();
  const before = [...call.told];

  await media.setMicrophoneOn(true);
  await settlePromises();

  expect(before).toEqual([]);
  expect(call.told).toEqual(["microphone on"]);
});

it("mutes and unmutes a published microphone without replacing it", async () => {
  publishAsJoined();

  await media.setMicrophoneOn(false);
  await settlePromises();
  await media.setMicrophoneOn(true);
  await settlePromises();

  expect(call.told).toEqual(["muted", "unmuted"]);
});

it("takes the camera away and puts a new one in its place", async () => {
  publishAsJoined();

  await media.setCameraOn(false);
  await settlePromises();
  await media.setCameraOn(true);
  await settlePromises();

  expect(call.told).toEqual(["camera off", "camera on"]);
});

it("shares a screen and ends that", async () => {
  publishAsJoined();

  await media.startScreen();
  await settlePromises();
  media.stopScreen();
  await settlePromises();

  expect(call.told).toEqual(["screen on", "screen off"]);
});

it("waits with changes until the call is joined", async () => {
  call.state.set({ phase: "joining", step: "keying" });
  publishAsJoined();
  await media.setCameraOn(false);
  await settlePromises();
  const before = [...call.told];

  call.state.set({ phase: "joined" });
  await settlePromises();

  expect(before).toEqual([]);
  expect(call.told).toEqual(["camera off"]);
});

it("does one change at a time and then what is newest", async () => {
  publishAsJoined();
  const gate = makeGate();
  call.setCamera = async (track) => {
    call.told.push(`camera ${track === undefined ? "off" : "on"}`);
    await gate.opened;
  };

  await media.setCameraOn(false);
  await settlePromises();
  await media.setCameraOn(true);
  await media.setCameraOn(false);
  await settlePromises();
  const during = [...call.told];
  gate.open();
  await settlePromises();

  expect(during).toEqual(["camera off"]);
  expect(call.told).toEqual(["camera off"]);
});

it("tells of a failure and goes on with the next change", async () => {
  publishAsJoined();
  call.setCamera = () => Promise.reject(new Error("refused"));

  await media.setCameraOn(false);
  await settlePromises();
  await media.setMicrophoneOn(false);
  await settlePromises();

  expect(faults).toHaveLength(1);
  expect(call.told).toEqual(["muted"]);
});

function publishAsJoined(): void {
  publish({ microphone: trackOf(media.microphone.get()), camera: trackOf(media.camera.get()) });
}

function publish(atJoin: {
  readonly microphone: MediaStreamTrack | undefined;
  readonly camera: MediaStreamTrack | undefined;
}): void {
  publishLocalMedia(call, media, atJoin, { scope, onFault: (fault) => faults.push(fault) });
}
