import { Scope } from "@conclave/kit";
import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { Preferences } from "../preferences/Preferences.ts";
import { DeviceError } from "../problems/Problem.ts";
import { FakeDevices } from "../testing/FakeDevices.ts";
import { memoryStore } from "../testing/memoryStore.ts";
import { LocalMedia } from "./LocalMedia.ts";

const processing = { noiseSuppression: false, echoCancellation: true, autoGainControl: true };

let devices: FakeDevices;
let preferences: Preferences;
let scope: Scope;
let media: LocalMedia;

beforeEach(() => {
  devices = new FakeDevices();
  preferences = new Preferences(memoryStore());
  scope = new Scope();
  media = new LocalMedia({ devices, preferences, processing }, scope);
});

afterEach(() => scope.end());

describe("starting", () => {
  it("asks for both with one question and passes the sound settings on", async () => {
    await media.start();

    expect(devices.wishes).toEqual([{ microphone: { id: "", processing }, camera: { id: "" } }]);
    expect(media.microphone.get()).toMatchObject({ phase: "on", isMuted: false });
    expect(media.camera.get()).toMatchObject({ phase: "on" });
  });

  it("keeps the microphone when only the camera fails, and says why", async () => {
    devices.failures = { camera: new DeviceError("device_busy", "in use") };

    await media.start();

    expect(media.microphone.get().phase).toBe("on");
    expect(media.camera.get()).toMatchObject({ phase: "failed", problem: { code: "device_busy" } });
  });

  it("stops tracks that arrive after the page has gone", async () => {
    const starting = media.start();
    await scope.end();
    await starting;

    expect(devices.opened.every((track) => track.isStopped)).toBe(true);
  });
});

describe("the microphone", () => {
  it("stays open but silent while muted", async () => {
    await media.start();

    await media.setMicrophoneOn(false);

    expect(media.microphone.get()).toMatchObject({ phase: "on", isMuted: true });
    expect(devices.opened[0]).toMatchObject({ enabled: false, isStopped: false });
  });

  it("stays muted when another one is chosen", async () => {
    await media.start();
    await media.setMicrophoneOn(false);

    await media.choose("microphone", "mic-1");

    expect(media.microphone.get()).toMatchObject({ phase: "on", isMuted: true });
    expect(devices.opened[0]?.isStopped).toBe(true);
    expect(devices.wishes.at(-1)).toEqual({ microphone: { id: "mic-1", processing } });
    expect(preferences.devices.microphone).toBe("mic-1");
  });

  it("is missing once it is unplugged", async () => {
    await media.start();

    devices.opened[0]?.unplug();

    expect(media.microphone.get()).toMatchObject({ phase: "failed", problem: { code: "device_missing" } });
  });
});

describe("the camera", () => {
  it("is closed when switched off, so that its light goes out", async () => {
    await media.start();

    await media.setCameraOn(false);

    expect(devices.opened[1]?.isStopped).toBe(true);
    expect(media.camera.get()).toEqual({ phase: "off" });
  });

  it("comes back on with the chosen device", async () => {
    await media.choose("camera", "cam-1");

    await media.setCameraOn(true);

    expect(devices.wishes).toEqual([{ camera: { id: "cam-1" } }]);
  });
});

describe("the screen", () => {
  it("ends when the browser's own button stops it", async () => {
    await media.startScreen();

    devices.opened[0]?.unplug();

    expect(media.screen.get()).toEqual({ phase: "off" });
    expect(devices.opened.every((track) => track.isStopped)).toBe(true);
  });
});

it("lists devices anew when one is plugged in", async () => {
  devices.change({ ...devices.devices, speaker: [] });
  await settlePromises();

  expect(media.devices.get().speaker).toEqual([]);
  expect(media.devices.get().microphone).toHaveLength(1);
});

it("stops every track when its scope ends", async () => {
  await media.start();
  await media.startScreen();

  await scope.end();

  expect(devices.opened).toHaveLength(4);
  expect(devices.opened.every((track) => track.isStopped)).toBe(true);
});
