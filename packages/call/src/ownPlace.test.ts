import { Scope } from "@conclave/kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { joinCall } from "./joinCall.ts";
import { openLobby } from "./openLobby.ts";
import { fakeTrack, TestCall } from "./testing/index.ts";

let test: TestCall;
beforeEach(() => {
  test = new TestCall();
});
afterEach(() => test.end());

function shownMembers(): readonly object[] {
  return test.room.view.get().stickyMembers.map(({ content }) => content as object);
}

describe.each(["sticky", "draft"] as const)("a call that sends %s memberships", (layer) => {
  it("is one with a call that sends state: both see and hear each other encrypted", async () => {
    const alice = await test.join("alice", { camera: fakeTrack("video"), layer });
    const bob = await test.join("bob", { camera: fakeTrack("video") });
    await test.clock.advance(5_000);
    await test.settle();
    await test.settle();

    for (const { call } of [alice, bob]) {
      expect(call.members.get()[0]).toMatchObject({ presence: "connected", decryption: "decrypting" });
      expect(call.trust.get()).toMatchObject({ state: "locked", mediaMembers: 1 });
    }
    expect([alice.call.form.layer, bob.call.form.layer]).toEqual([layer, "deployed"]);
    expect(shownMembers()).toMatchObject([{ member: { id: alice.call.form.memberId } }]);
    await Promise.all([alice.call.leave(), bob.call.leave()]);
  });

  it("publishes under the pseudonym of its member id, and another one when it joins again", async () => {
    const { deps, user } = test.arrive("alice");
    const scope = new Scope();
    const { roomId } = test.room;
    const lobby = openLobby(deps, { roomId, layer }, scope);
    const published: { readonly path: string; readonly id: unknown }[] = [];
    const memberIds: string[] = [];
    for (let round = 0; round < 2; round++) {
      const call = await joinCall(deps, { roomId, microphone: fakeTrack("audio") }, lobby);
      memberIds.push(call.form.memberId);
      await call.leave();
    }

    for (const { path, body } of test.tokens.requests)
      published.push({ path, id: (body["member"] as { readonly id?: unknown } | undefined)?.id });
    expect(published.every(({ path }) => path === "/get_token")).toBe(true);
    expect(new Set(memberIds).size).toBe(2);
    expect(published.map(({ id }) => id)).toEqual(expect.arrayContaining(memberIds));
    expect(user.requests).not.toContain("sendState");
    await scope.end();
  });

  it("goes out as state where the homeserver has no sticky events, and says so", async () => {
    test.homeserver.features = { delayedEvents: true, stickyEvents: false };

    const alice = await test.join("alice", { layer });

    expect(alice.call.form).toEqual({
      layer: "deployed",
      memberId: alice.identity,
      insteadOf: { layer, because: "no_sticky_events" },
    });
    expect(test.tokens.requests.at(-1)?.path).toBe("/sfu/get");
    await alice.call.leave();
  });

  it("is refused where the authorisation service is too old for it", async () => {
    test.tokens.missingRoutes.add("/get_token");

    await expect(test.join("alice", { layer })).rejects.toMatchObject({ code: "grant_refused" });
    expect(shownMembers().filter((content) => "application" in content)).toEqual([]);
  });
});

describe("a call that sends draft memberships", () => {
  it("names the SFU by the address that the grant says", async () => {
    const alice = await test.join("alice", { layer: "draft" });

    expect(shownMembers()).toMatchObject([
      { transports: { published: [{ type: "m.livekit", url: test.tokens.sfuUrl.replace(/\/+$/, "") }] } },
    ]);
    await alice.call.leave();
  });
});

describe("a lobby for sticky memberships", () => {
  it("has the grant of the next join ready before the click", async () => {
    const { deps } = test.arrive("alice");
    const scope = new Scope();
    const { roomId } = test.room;
    const lobby = openLobby(deps, { roomId, layer: "sticky" }, scope);
    const { authorizer } = await lobby.prepared.takePlace("deployed");
    await authorizer.grantFor(test.tokens.serviceUrl, "publish");
    await test.settle();
    const asked = test.tokens.requests.filter(({ path }) => path === "/get_token").length;

    const call = await joinCall(deps, { roomId, microphone: fakeTrack("audio") }, lobby);

    expect(asked).toBe(1);
    expect(test.tokens.requests.filter(({ path }) => path === "/get_token").length).toBe(1);
    await call.leave();
    await scope.end();
  });
});
