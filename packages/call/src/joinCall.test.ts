import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { fakeTrack, TestCall } from "./testing/index.ts";

let test: TestCall;
beforeEach(() => {
  test = new TestCall();
});
afterEach(() => test.end());

describe("joinCall", () => {
  it("lets two people see and hear each other encrypted", async () => {
    const alice = await test.join("alice", { camera: fakeTrack("video") });
    const bob = await test.join("bob");
    await test.settle();

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
    expect(alice.call.members.get().map(({ displayName, isSelf }) => [displayName, isSelf])).toEqual([
      ["bob", false],
      ["alice", true],
    ]);
    expect(bob.call.members.get()[0]).toMatchObject({
      displayName: "alice",
      presence: "connected",
      decryption: "decrypting",
      camera: { isMuted: false },
    });
    expect(bob.call.trust.get()).toEqual({ state: "locked", verifiedMembers: 1, mediaMembers: 1 });
    expect(test.sfu.seen.filter(({ key }) => !key)).toEqual([]);
    expect(test.sfu.shown.some(({ by, from }) => by === bob.identity && from === alice.identity)).toBe(true);
  });
});
