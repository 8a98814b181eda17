import { CallError } from "@conclave/call";
import { Scope, silentLogger, systemClock } from "@conclave/kit";
import { seededRandom } from "@conclave/kit/testing";
import { html } from "lit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";

import { readPageParameters } from "../../boot/pageParameters.ts";
import type { Environment } from "../../environment.ts";
import { browserDevices } from "../../media/browserDevices.ts";
import { Preferences } from "../../preferences/Preferences.ts";
import { Router } from "../../router/Router.ts";
import { strings } from "../../strings/strings.ts";
import { FakeCall } from "../../testing/FakeCall.ts";
import { FakeCallService } from "../../testing/FakeCallService.ts";
import { memoryStore } from "../../testing/memoryStore.ts";
import { allByTestId, byTestId, focused, mount } from "../../testing/mount.ts";
import { makeMember } from "../../testing/people.ts";
import type { ConclaveApp } from "./conclave-app.ts";
import "./conclave-app.ts";

const LINK_ID = /^\/r\/[a-z]{4}-[a-z]{4}-[a-z]{3}$/;
const startUrl = location.href;

let scope: Scope;
let service: FakeCallService;
let preferences: Preferences;

beforeEach(() => {
  scope = new Scope();
  service = new FakeCallService();
  service.call = new FakeCall([makeMember("Mira", { isSelf: true })]);
  service.lobby.set({ roomName: "Stand-up", isEncrypted: true, members: [] });
  preferences = new Preferences(memoryStore());
});

afterEach(async () => {
  document.body.replaceChildren();
  history.replaceState(null, "", startUrl);
  await scope.end();
});

describe("the app", () => {
  it("goes from the start through lobby and call to the page after it, by keyboard alone", async () => {
    await open("/");
    byTestId("home-name").focus();
    await userEvent.keyboard("Stand-up{Enter}");
    await expect.poll(() => allByTestId("lobby-name").length).toBe(1);
    const path = location.pathname;
    byTestId("lobby-name").focus();
    await userEvent.keyboard("Mira{Enter}");
    await expect.poll(() => allByTestId("call-leave").length).toBe(1);
    await expect.poll(() => focused()?.localName).toBe("h1");
    byTestId("call-leave").focus();
    await userEvent.keyboard("{Enter}");
    await expect.poll(() => allByTestId("after").length).toBe(1);

    expect(path).toMatch(LINK_ID);
    expect(service.created).toEqual([{ linkId: path.slice(3), name: "Stand-up" }]);
    expect(service.joins[0]?.displayName).toBe("Mira");
    expect(service.call.told).toContain("leave");
    expect(preferences.displayName).toBe("Mira");
    expect(preferences.recentCalls[0]).toMatchObject({ name: "Stand-up" });
  });

  it("hands microphone and camera to the join and mutes what is muted in the lobby", async () => {
    preferences.displayName = "Mira";
    await open("/r/abcd-efgh-jkm");
    await expect.poll(() => byTestId("lobby-microphone").getAttribute("aria-pressed")).toBe("true");
    byTestId("lobby-microphone").click();
    await expect.poll(() => byTestId("lobby-microphone").getAttribute("aria-pressed")).toBe("false");

    byTestId("lobby-join").click();
    await expect.poll(() => service.joins.length).toBe(1);

    expect(service.joins[0]?.microphone).toBeUndefined();
    expect(service.joins[0]?.camera?.kind).toBe("video");
  });

  it("goes straight in with skipLobby and a name", async () => {
    await open("/r/abcd-efgh-jkm?skipLobby=true&displayName=Bo");

    await expect.poll(() => allByTestId("call-leave").length).toBe(1);

    expect(service.joins[0]?.displayName).toBe("Bo");
  });

  it("warns once where the others would not be told that one has vanished", async () => {
    service.call.isLeaveProtected.set(false);
    await open("/r/abcd-efgh-jkm?skipLobby=true&displayName=Bo");
    await expect.poll(() => allByTestId("toast").length).toBe(1);
    const text = byTestId("toast").textContent;

    for (const isProtected of [true, false]) {
      service.call.isLeaveProtected.set(isProtected);
      await new Promise(requestAnimationFrame);
    }

    expect(text).toContain(strings.call.leaveUnprotected);
    expect(allByTestId("toast").length).toBe(1);
  });

  it("says once that the clock of the computer is wrong", async () => {
    await open("/r/abcd-efgh-jkm?skipLobby=true&displayName=Bo");

    for (const aheadMs of [undefined, 7_200_000, undefined, 7_300_000]) {
      service.call.clockSkewMs.set(aheadMs);
      await new Promise(requestAnimationFrame);
    }

    await expect.poll(() => allByTestId("toast").length).toBe(1);
    expect(byTestId("toast").textContent).toContain("about 2 hours ahead");
  });

  it("warns once of somebody on the media server who is not in the call", async () => {
    const listener = { kind: "silent_listener", identity: "@eve:hs.example:SPY", serviceUrl: "https://sfu" } as const;
    await open("/r/abcd-efgh-jkm?skipLobby=true&displayName=Bo");
    service.call.roster.set([{ kind: "not_yet_connected", memberId: "bo" }]);
    await new Promise(requestAnimationFrame);
    expect(allByTestId("toast").length).toBe(0);

    for (const roster of [[listener], [], [listener]]) {
      service.call.roster.set(roster);
      await new Promise(requestAnimationFrame);
    }

    await expect.poll(() => allByTestId("toast").length).toBe(1);
    expect(byTestId("toast").textContent).toContain("not in this call");
  });

  it("shows cause, remedy and code where there is no call, and tries again", async () => {
    service.openFailure = new CallError("room_not_found", "no alias");
    await open("/r/abcd-efgh-jkm");
    await expect.poll(() => allByTestId("problem").length).toBe(1);
    const code = byTestId("problem").dataset["code"];

    service.openFailure = undefined;
    byTestId("problem-retry").click();
    await expect.poll(() => allByTestId("lobby-join").length).toBe(1);

    expect(code).toBe("room_not_found");
  });

  it("says why joining failed and lets one press Join again", async () => {
    preferences.displayName = "Mira";
    service.joinFailure = new CallError("sfu_full", "no place", { retryable: true });
    await open("/r/abcd-efgh-jkm");
    byTestId("lobby-join").click();
    await expect.poll(() => allByTestId("join-problem").length).toBe(1);

    service.joinFailure = undefined;
    byTestId("lobby-join").click();

    await expect.poll(() => allByTestId("call-leave").length).toBe(1);
  });

  it("tells when a call cannot be made", async () => {
    service.createFailure = new CallError("homeserver_unreachable", "offline", { retryable: true });
    await open("/");

    byTestId("home-start").click();

    await expect.poll(() => allByTestId("toast").length).toBe(1);
    expect(byTestId("toast").dataset["code"]).toBe("homeserver_unreachable");
    await expect.poll(() => byTestId("home-start").hasAttribute("disabled")).toBe(false);
  });

  it("says so where an address leads nowhere", async () => {
    await open("/nowhere");

    expect(byTestId("problem").dataset["code"]).toBe("link_invalid");
  });

  it("leaves the call when one goes back in the browser", async () => {
    preferences.displayName = "Mira";
    await open("/");
    byTestId("home-start").click();
    await expect.poll(() => allByTestId("lobby-join").length).toBe(1);
    byTestId("lobby-join").click();
    await expect.poll(() => allByTestId("call-leave").length).toBe(1);

    history.back();

    await expect.poll(() => allByTestId("home-start").length).toBe(1);
    await expect.poll(() => service.call.told).toContain("leave");
  });

  it("remembers the look that was chosen", async () => {
    await open("/");

    byTestId("theme").click();

    expect(document.documentElement.dataset["theme"]).toBe("light");
    expect(preferences.theme).toBe("light");
    delete document.documentElement.dataset["theme"];
  });
});

async function open(path: string): Promise<ConclaveApp> {
  history.replaceState(null, "", path);
  const random = seededRandom(11);
  const environment: Environment = {
    service,
    devices: browserDevices(navigator.mediaDevices),
    preferences,
    parameters: readPageParameters(new URL(location.href)),
    router: new Router(window, scope),
    clock: systemClock,
    logger: silentLogger,
    randomBytes: (length) => random.bytes(length),
    brand: "Conclave",
    playRing: () => () => {},
    exposeCall: undefined,
  };
  return mount<ConclaveApp>(html`<conclave-app .environment=${environment}></conclave-app>`);
}
