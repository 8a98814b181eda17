import { WidgetHost } from "@conclave/call/matrixWidget";
import { FakeHostPage } from "@conclave/call/testing";
import { Scope, signal, silentLogger, systemClock, type WritableSignal } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";

import { LocalMedia } from "../../media/LocalMedia.ts";
import { Preferences } from "../../preferences/Preferences.ts";
import { DeviceError } from "../../problems/Problem.ts";
import type { RoomPhase } from "../../room/RoomFlow.ts";
import { FakeDevices } from "../../testing/FakeDevices.ts";
import { HostEmbedding } from "./HostEmbedding.ts";
import { readWidgetParameters } from "./widgetParameters.ts";

const LOBBY: RoomPhase = { name: "lobby", problem: undefined };
const CALL = { name: "call", call: undefined, joinedAtMs: 0 } as unknown as RoomPhase;
const LEFT: RoomPhase = { name: "after", durationMs: 1, problem: undefined };
const DECLINED: RoomPhase = { name: "after", durationMs: 1, problem: undefined, because: "declined" };
const FAILED: RoomPhase = { name: "after", durationMs: 1, problem: { code: "sfu_unreachable", isRetryable: true } };

let page: FakeHostPage;
let scope: Scope;
let devices: FakeDevices;
let media: LocalMedia;
let phase: WritableSignal<RoomPhase>;
let clock: FakeClock;
let done: string[];
let themes: string[];
let nativeBack: (() => void) | undefined;

beforeEach(() => {
  page = new FakeHostPage();
  scope = new Scope();
  onTestFinished(() => scope.end());
  devices = new FakeDevices();
  const processing = { noiseSuppression: true, echoCancellation: true, autoGainControl: true };
  media = new LocalMedia({ devices, preferences: new Preferences(undefined), processing }, scope);
  phase = signal(LOBBY);
  clock = new FakeClock();
  done = [];
  themes = [];
  nativeBack = undefined;
  for (const action of ["io.element.join", "im.vector.hangup", "io.element.close", "io.element.device_mute"])
    page.answer(action, () => ({}));
});

function follow(parameters = ""): HostEmbedding {
  const { parentUrl, widgetId, window } = page;
  const who = `widgetId=${widgetId}&parentUrl=${parentUrl}&userId=@a:hs&deviceId=D&roomId=!r:hs`;
  const embedding = new HostEmbedding(
    {
      host: new WidgetHost({ window, widgetId, parentUrl, clock: systemClock, logger: silentLogger }, scope),
      parameters: readWidgetParameters(new URL(`https://call.example/?${who}&${parameters}`)),
      applyTheme: (theme) => themes.push(theme),
      nativeBack: () => nativeBack,
      clock,
      logger: silentLogger,
    },
    scope,
  );
  const did = { join: () => done.push("join"), leave: () => done.push("leave"), rejoin: () => done.push("rejoin") };
  embedding.follow({ phase, media, ...did }, scope);
  return embedding;
}

function told(): readonly string[] {
  return page.received
    .filter(({ message }) => message.api === "fromWidget" && !message.action.endsWith("device_mute"))
    .map(({ message }) => message.action);
}

describe("the host", () => {
  it("is told of a call that begins and ends, and asked to close", async () => {
    follow();

    phase.set(CALL);
    await expect.poll(told).toEqual(["io.element.join", "set_always_on_screen"]);
    phase.set(LEFT);

    await expect
      .poll(told)
      .toEqual([
        "io.element.join",
        "set_always_on_screen",
        "set_always_on_screen",
        "im.vector.hangup",
        "io.element.close",
      ]);
  });

  it("is not asked to close a call that failed: who was in it should know why", async () => {
    follow();

    phase.set(CALL);
    await expect.poll(told).toContain("io.element.join");
    phase.set(FAILED);
    await expect.poll(() => told().at(-1)).toBe("im.vector.hangup");
    await page.ask("io.element.device_mute");

    expect(told()).not.toContain("io.element.close");
  });

  it("is asked to close only when one has seen that nobody came", async () => {
    follow();
    phase.set(CALL);
    phase.set(DECLINED);
    await expect.poll(told).toContain("im.vector.hangup");

    await clock.advance(2_999);
    await page.ask("io.element.device_mute");
    expect(told()).not.toContain("io.element.close");
    await clock.advance(1);

    await expect.poll(told).toContain("io.element.close");
  });

  it("is not asked to close if one calls again meanwhile", async () => {
    follow();
    phase.set(CALL);
    phase.set(DECLINED);
    await expect.poll(told).toContain("im.vector.hangup");

    phase.set(LOBBY);
    await clock.advance(10_000);
    await page.ask("io.element.device_mute");

    expect(told()).not.toContain("io.element.close");
  });

  it("keeps the page where it wants the lobby again", async () => {
    follow("returnToLobby=true");

    phase.set(CALL);
    phase.set(LEFT);

    await expect.poll(() => done).toEqual(["rejoin"]);
    expect(told()).not.toContain("io.element.close");
  });

  it("ends a call, and is told that it ended when it has", async () => {
    follow();
    phase.set(CALL);

    expect(await page.ask("im.vector.hangup")).toEqual({});

    expect([done, told()]).toEqual([["leave"], ["io.element.join", "set_always_on_screen"]]);
  });

  it("closes a lobby", async () => {
    follow();

    await page.ask("im.vector.hangup");

    await expect.poll(told).toEqual(["im.vector.hangup", "io.element.close"]);
  });

  it("changes the theme", async () => {
    follow();

    await page.ask("theme_change", { name: "dark-high-contrast" });
    await page.ask("theme_change", { name: 5 });

    expect(themes).toEqual(["dark"]);
  });
});

describe("microphone and camera", () => {
  it("are switched by the host, which learns what came of it", async () => {
    follow();
    await media.start();
    devices.failures = { camera: new DeviceError("device_busy", "taken") };
    await media.setCameraOn(false);

    const answer = await page.ask("io.element.device_mute", { audio_enabled: false, video_enabled: true });

    expect(answer).toEqual({ audio_enabled: false, video_enabled: false });
  });

  it("are told to the host when they change, once", async () => {
    follow();
    await media.start();
    await media.setMicrophoneOn(false);
    await media.setMicrophoneOn(false);

    expect(page.requests("io.element.device_mute").map(({ data }) => data)).toEqual([
      { audio_enabled: false, video_enabled: false },
      { audio_enabled: true, video_enabled: true },
      { audio_enabled: false, video_enabled: true },
    ]);
  });

  it("are only asked about with nothing", async () => {
    follow();
    await media.start();

    expect(await page.ask("io.element.device_mute")).toEqual({ audio_enabled: true, video_enabled: true });
  });
});

it("a page that was loaded ahead of time joins when the host says so, with the devices it names", async () => {
  follow("preload=true");

  await page.ask("io.element.join", { audioInput: "mic-1", videoInput: null });

  expect(done).toEqual(["join"]);
  expect([media.microphone.get().phase, media.camera.get().phase]).toEqual(["on", "off"]);
  expect(devices.wishes.at(-1)?.microphone?.id).toBe("mic-1");
});

it("going back is the business of an app around the page, where there is one", () => {
  const embedding = follow();

  expect(embedding.back()).toBeUndefined();
  nativeBack = () => done.push("back");
  embedding.back()?.();

  expect(done).toEqual(["back"]);
});

it("a voice call starts without the camera", () => {
  expect([follow("intent=start_call_voice").isVoiceCall, follow("intent=start_call").isVoiceCall]).toEqual([
    true,
    false,
  ]);
});
