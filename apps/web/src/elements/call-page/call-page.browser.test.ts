import type { EventId } from "@conclave/matrix-rtc";
import { html } from "lit";
import { beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";

import { allByTestId, byTestId, focused, mount } from "../../testing/mount.ts";
import { makeMember } from "../../testing/people.ts";
import { colourTrack, soundOnly } from "../../testing/realTracks.ts";
import type { CallActions } from "./CallActions.ts";
import type { CallPage } from "./call-page.ts";
import "./call-page.ts";

let told: string[];
const actions: CallActions = {
  setMicrophoneOn: (isOn) => told.push(`microphone ${isOn}`),
  setCameraOn: (isOn) => told.push(`camera ${isOn}`),
  setScreenOn: (isOn) => told.push(`screen ${isOn}`),
  setHandUp: (isUp) => told.push(`hand ${isUp}`),
  react: (emoji) => told.push(`react ${emoji}`),
  chooseDevice: (kind, id) => told.push(`choose ${kind} ${id}`),
  setVideoSize: (sid, { width, height }) => told.push(`size ${sid} ${width}x${height}`),
  copyLink: () => told.push("copy"),
  leave: () => told.push("leave"),
};
const self = makeMember("Mira", { isSelf: true, decryption: "nothing_to_decrypt" });

let page: CallPage;

beforeEach(async () => {
  told = [];
  page = await mount<CallPage>(
    html`<call-page
      .roomName=${"Family"}
      .members=${[makeMember("Ann"), makeMember("Bo"), self]}
      .trust=${{ state: "partial", verifiedMembers: 1, mediaMembers: 2 }}
      .media=${soundOnly()}
      .callState=${{ phase: "joined" }}
      .actions=${actions}
    ></call-page>`,
  );
});

describe("the call page", () => {
  it("has a tile with a name for each person, oneself last", () => {
    const tiles = allByTestId("tile");

    expect(tiles.map((tile) => tile.dataset["memberId"])).toEqual(["ann", "bo", "mira"]);
    expect(tiles.map((tile) => tile.dataset["self"])).toEqual(["false", "false", "true"]);
    expect(tiles[0]?.getAttribute("aria-label")).toBe("Ann, encrypted");
    expect(byTestId("call-participants").dataset["count"]).toBe("3");
  });

  it("shows the lock as the call says, and explains it on a press", async () => {
    byTestId("call-lock").click();

    expect(byTestId("call-lock").dataset["state"]).toBe("partial");
    expect(byTestId("call-lock").textContent).toContain("1 of 2 encrypted");
    expect(byTestId("call-lock").parentNode?.querySelector(":popover-open")).not.toBeNull();
  });

  it("shows lock and people also to a host that wants nothing above, and the room only to those who listen", async () => {
    page.header = "none";
    await page.updateComplete;
    const heading = page.renderRoot.querySelector("h1")!;

    expect([byTestId("call-lock"), byTestId("call-participants")].every((part) => part.checkVisibility())).toBe(true);
    expect([heading.textContent, heading.getBoundingClientRect().width]).toEqual(["Family", 1]);
  });

  it("goes back where there is a way, on a bar only", async () => {
    page.goBack = () => told.push("back");
    page.header = "standard";
    await page.updateComplete;
    expect(allByTestId("back")).toEqual([]);

    page.header = "app_bar";
    await page.updateComplete;
    byTestId("back").click();

    expect(told).toContain("back");
  });

  it("obeys keys without its row of buttons", async () => {
    page.hasControls = false;
    await page.updateComplete;

    await userEvent.keyboard("m");
    await userEvent.keyboard("e");

    expect(allByTestId("call-leave")).toEqual([]);
    expect(told.filter((fact) => !fact.startsWith("size"))).toEqual(["microphone false"]);
  });

  it("obeys single keys, but not inside fields or with Ctrl", async () => {
    await userEvent.keyboard("m");
    await userEvent.keyboard("v");
    await userEvent.keyboard("s");
    await userEvent.keyboard("{Control>}m{/Control}");

    const field = document.createElement("input");
    document.body.append(field);
    field.focus();
    await userEvent.keyboard("m");

    expect(told.filter((fact) => !fact.startsWith("size"))).toEqual(["microphone false", "camera true", "screen true"]);
  });

  it("raises and lowers the hand, by key and by press", async () => {
    await userEvent.keyboard("h");
    page.members = [makeMember("Ann"), { ...self, handOrder: 1 }];
    await page.updateComplete;
    await page.renderRoot.querySelector("control-bar")?.updateComplete;
    byTestId("call-hand").click();

    expect(told.filter((fact) => fact.startsWith("hand"))).toEqual(["hand true", "hand false"]);
    expect(byTestId("call-hand").getAttribute("aria-label")).toBe("Lower hand");
  });

  it("offers emojis by key, which are not open to those who type", async () => {
    await userEvent.keyboard("e");
    await expect.poll(() => focused()?.getAttribute("data-emoji")).toBe("👍");

    await userEvent.keyboard("3");

    expect(told).toContain("react 🎉");
  });

  it("lists raised hands first, in the order in which they were raised", async () => {
    const raised = Object.entries({ Ann: 1, Bo: 3, Dina: 2 });
    page.members = [...raised.map(([name, handOrder]) => makeMember(name, { handOrder })), self];
    page.isPeopleOpen = true;
    await page.updateComplete;
    await page.renderRoot.querySelector("people-panel")?.updateComplete;

    const people = allByTestId("person");
    expect(people.map((person) => person.dataset["hand"])).toEqual(["1", "2", "3", ""]);
    expect(people[1]?.textContent).toContain("Dina");
    expect(people[0]?.querySelector("[role=img]")?.getAttribute("aria-label")).toBe("Hand raised, number 1 in line");
  });

  it("tells those who listen of emojis and of hands that go down", async () => {
    page.members = [makeMember("Ann", { handOrder: 1 }), makeMember("Bo"), self];
    await page.updateComplete;

    page.members = [makeMember("Ann"), makeMember("Bo", { reaction: "🎉" }), { ...self, reaction: "👏" }];
    await page.updateComplete;

    const announced = page.renderRoot.querySelector("p[role=status]")?.textContent;
    expect(announced).toBe("Ann lowered the hand. Bo reacts 🎉");
  });

  it("says how the call to the others goes while one is alone", async () => {
    page.members = [self];
    const sent = { phase: "sent", kind: "ring", notificationId: "$r" as EventId, answers: new Map() } as const;
    page.ring = { ...sent, outcome: "ringing" };
    await page.updateComplete;
    const before = page.renderRoot.querySelector("h2")?.textContent;

    page.ring = { ...sent, outcome: "timed_out" };
    await page.updateComplete;

    expect([before, page.renderRoot.querySelector("h2")?.textContent]).toEqual(["Calling", "Nobody picked up"]);
  });

  it("opens the list of people and gives the focus back when Escape closes it", async () => {
    await userEvent.keyboard("p");
    await page.updateComplete;
    const names = allByTestId("person").length;

    await userEvent.keyboard("{Escape}");
    await page.updateComplete;

    expect(names).toBe(3);
    expect(allByTestId("person")).toHaveLength(0);
    expect(focused()).toBe(byTestId("call-participants"));
  });

  it("offers no screen sharing where the browser has none", async () => {
    page.canShare = false;
    await page.updateComplete;
    await page.renderRoot.querySelector("control-bar")?.updateComplete;

    await userEvent.keyboard("s");

    expect(allByTestId("call-screen")).toHaveLength(0);
    expect(told).not.toContain("screen true");
  });

  it("can be left by keyboard", async () => {
    byTestId("call-leave").focus();

    await userEvent.keyboard("{Enter}");

    expect(told).toContain("leave");
  });

  it("tells those who listen who came and went", async () => {
    page.members = [makeMember("Ann"), makeMember("Dina"), self];
    await page.updateComplete;

    expect(page.renderRoot.querySelector(".hidden-visually")?.textContent).toBe("Dina joined. Bo left");
  });

  it("offers the link to those who are alone", async () => {
    page.members = [self];
    await page.updateComplete;

    byTestId("copy-link").click();

    expect(told).toContain("copy");
  });

  it("says which side is being waited for while it reconnects", async () => {
    page.callState = { phase: "reconnecting", cause: "homeserver", since: 0 };
    await page.updateComplete;

    expect(byTestId("call-reconnecting").textContent).toContain("homeserver");
  });

  it("asks for a press when the browser keeps sound off, and plays after it", async () => {
    const tone = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
    page.members = [makeMember("Ann", { microphone: { sid: "mic", track: tone, isMuted: false } }), self];
    await page.updateComplete;
    const audio = byTestId("remote-audio") as HTMLAudioElement;
    const sound = page.renderRoot.querySelector("remote-audio");
    await expect.poll(() => audio.paused).toBe(false);
    audio.pause();
    sound?.onBlocked(true);
    await page.updateComplete;

    byTestId("allow-sound").click();

    await expect.poll(() => audio.paused).toBe(false);
    await expect.poll(() => allByTestId("allow-sound")).toHaveLength(0);
  });
});

describe("seats", () => {
  it("keep their element when somebody else comes", async () => {
    const before = allByTestId("tile").find((tile) => tile.dataset["memberId"] === "bo");

    page.members = [makeMember("Ann"), makeMember("Bo"), makeMember("Dina"), self];
    await page.updateComplete;
    await page.renderRoot.querySelector("tile-grid")?.updateComplete;

    expect(allByTestId("tile").find((tile) => tile.dataset["memberId"] === "bo")).toBe(before);
  });

  it("tell the size at which a remote picture is shown, and when it is gone", async () => {
    const camera = { sid: "cam", track: colourTrack("red"), isMuted: false };
    page.members = [makeMember("Ann", { camera }), self];
    await expect.poll(() => told.filter((fact) => fact.startsWith("size cam")).length).toBeGreaterThan(0);
    const [, , size = ""] = told.findLast((fact) => fact.startsWith("size cam"))?.split(" ") ?? [];

    page.members = [self];

    expect(Number(size.split("x")[0])).toBeGreaterThan(500);
    await expect.poll(() => told.at(-1)).toBe("size cam 0x0");
  });

  it("let the own picture be moved to another corner by arrow keys", async () => {
    page.members = [makeMember("Ann"), self];
    const grid = page.renderRoot.querySelector("tile-grid");
    await expect.poll(() => grid?.dataset["mode"]).toBe("duo");
    await grid?.updateComplete;
    const seat = grid?.renderRoot.querySelector<HTMLElement>(".floating");
    await expect.poll(() => seat?.getBoundingClientRect().x).toBeGreaterThan(500);
    const before = seat?.getBoundingClientRect().x ?? 0;
    seat?.focus();

    await userEvent.keyboard("{ArrowLeft}");

    await expect.poll(() => (seat?.getBoundingClientRect().x ?? 0) < before - 100).toBe(true);
  });

  it("give a shared screen the stage", async () => {
    const screen = { sid: "screen", track: colourTrack("blue"), isMuted: false };
    page.members = [makeMember("Ann", { screen }), self];
    const grid = page.renderRoot.querySelector("tile-grid");
    await expect.poll(() => grid?.dataset["mode"]).toBe("spotlight");

    const kinds = allByTestId("tile").map((tile) => tile.dataset["kind"]);
    expect(kinds).toEqual(["screen", "person", "self"]);
  });
});
