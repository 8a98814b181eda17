import type { EventId, UserId } from "@conclave/matrix-rtc";
import { html } from "lit";
import { beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";

import { allByTestId, byTestId, focused, mount } from "../../testing/mount.ts";
import { colourTrack, soundOnly } from "../../testing/realTracks.ts";
import type { LobbyActions, LobbyPage } from "./lobby-page.ts";
import "./lobby-page.ts";

let told: string[];
const actions: LobbyActions = {
  join: (name) => told.push(`join ${name}`),
  joinWithoutDevices: (name) => told.push(`join bare ${name}`),
  setRingSilent: (isSilent) => told.push(isSilent ? "silent" : "heard"),
  decline: () => told.push("decline"),
  setMicrophoneOn: (isOn) => told.push(`microphone ${isOn}`),
  setCameraOn: (isOn) => told.push(`camera ${isOn}`),
  chooseDevice: (kind, id) => told.push(`choose ${kind} ${id}`),
  copyLink: () => told.push("copy"),
};

let page: LobbyPage;

beforeEach(async () => {
  told = [];
  page = await mount<LobbyPage>(html`<lobby-page .actions=${actions} .media=${soundOnly()}></lobby-page>`);
});

describe("the lobby", () => {
  it("joins by keyboard alone, even before the room has come", async () => {
    byTestId("lobby-name").focus();

    await userEvent.keyboard("Alice{Enter}");

    expect(told).toEqual(["join Alice"]);
  });

  it("asks for a name instead of joining without one", async () => {
    byTestId("lobby-join").click();
    await page.updateComplete;

    expect(told).toEqual([]);
    expect(focused()).toBe(byTestId("lobby-name"));
    expect(page.renderRoot.querySelector("#fault")?.hasAttribute("hidden")).toBe(false);
  });

  it("says who calls, and declines on a press", async () => {
    const ring = { callerName: "Ann", caller: "@ann:hs" as UserId, notificationId: "$r" as EventId };
    page.ring = { ...ring, kind: "ring", intent: "video", endsAtMs: 0 };
    await page.updateComplete;

    byTestId("lobby-decline").click();

    expect(byTestId("lobby-ring").textContent).toContain("Ann is calling you");
    expect(told).toEqual(["decline"]);
  });

  it("lets one have silence while it rings", async () => {
    const ring = { callerName: "Ann", caller: "@ann:hs" as UserId, notificationId: "$r" as EventId };
    page.ring = { ...ring, kind: "ring", intent: "video", endsAtMs: 0 };
    await page.updateComplete;

    byTestId("lobby-silence").click();
    page.isRingSilent = true;
    await page.updateComplete;
    const pressed = byTestId("lobby-silence").getAttribute("aria-pressed");
    byTestId("lobby-silence").click();

    expect([told, pressed]).toEqual([["silent", "heard"], "false"]);
  });

  it("has nothing above it, a sign, or a way back, as the host wants", async () => {
    const went: string[] = [];
    page.isEmbedded = true;
    page.goBack = () => went.push("back");
    const seen: (string | undefined)[] = [];
    for (const header of ["none", "standard", "app_bar"] as const) {
      page.header = header;
      await page.updateComplete;
      seen.push(page.renderRoot.querySelector("header")?.textContent?.trim());
    }
    byTestId("back").click();

    expect(seen).toEqual([undefined, "Conclave", ""]);
    expect(page.renderRoot.querySelector("header a")).toBeNull();
    expect(went).toEqual(["back"]);
  });

  it("only says that a call was started where nobody is called to the phone", async () => {
    const ring = { callerName: "Ann", caller: "@ann:hs" as UserId, notificationId: "$r" as EventId };
    page.ring = { ...ring, kind: "notification", intent: undefined, endsAtMs: 0 };
    await page.updateComplete;

    expect(byTestId("lobby-ring").textContent).toContain("Ann started a call");
    expect(allByTestId("lobby-decline")).toEqual([]);
  });

  it("joins without microphone and camera", async () => {
    page.displayName = "Alice";
    await page.updateComplete;

    byTestId("lobby-join-without-devices").click();

    expect(told).toEqual(["join bare Alice"]);
  });

  it("names the step that is being waited for, and joins once", async () => {
    page.displayName = "Alice";
    page.step = "authorizing";
    await page.updateComplete;

    byTestId("lobby-join").click();

    expect(byTestId("lobby-join").textContent?.trim()).toBe("Asking the server for a place");
    expect(told).toEqual([]);
  });

  it("says who is already in the call", async () => {
    page.view = { roomName: "Family", isEncrypted: true, members: [{ id: "1", displayName: "Bo" }] };
    await page.updateComplete;

    expect(byTestId("lobby-present").textContent).toContain("Bo is here");
    expect(page.renderRoot.querySelector("h1")?.textContent).toBe("Family");
  });

  it("does not claim encryption for a room without it", async () => {
    page.view = { roomName: "Open", isEncrypted: false, members: [] };
    await page.updateComplete;

    expect(page.renderRoot.querySelector(".lock")?.textContent).toContain("Not encrypted");
  });

  it("gives cause and remedy for each device that failed", async () => {
    page.media = {
      ...page.media,
      microphone: { phase: "failed", problem: { code: "device_denied", isRetryable: true } },
      camera: { phase: "failed", problem: { code: "device_missing", isRetryable: true } },
    };
    await page.updateComplete;

    const codes = [...page.renderRoot.querySelectorAll<HTMLElement>(".problem")].map((note) => note.dataset["code"]);
    expect(codes).toEqual(["device_denied", "device_missing"]);
  });

  it("shows the camera, and its switch says what it does", async () => {
    page.media = { ...page.media, camera: { phase: "on", track: colourTrack("green"), isMuted: false } };
    await page.updateComplete;

    byTestId("lobby-camera").click();

    const video = page.renderRoot.querySelector("media-video")?.renderRoot.querySelector("video");
    await expect.poll(() => video?.videoWidth).toBeGreaterThan(0);
    expect(byTestId("lobby-camera").getAttribute("aria-pressed")).toBe("true");
    expect(told).toEqual(["camera false"]);
  });

  it("lets one choose a device", async () => {
    await userEvent.selectOptions(byTestId("lobby-select-microphone"), "Headset");

    expect(told).toEqual(["choose microphone m2"]);
  });
});
