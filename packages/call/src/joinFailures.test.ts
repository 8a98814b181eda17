import { Scope } from "@conclave/kit";
import { settlePromises } from "@conclave/kit/testing";
import { MatrixRtcError } from "@conclave/matrix-rtc";
import type { FakeRequest } from "@conclave/matrix-rtc/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CallError } from "./errors.ts";
import { joinCall } from "./joinCall.ts";
import type { JoinOptions } from "./model.ts";
import { openLobby } from "./openLobby.ts";
import { fakeTrack, TestCall, type TestDevice } from "./testing/index.ts";

let test: TestCall;
let alice: TestDevice;
beforeEach(() => {
  test = new TestCall();
  alice = test.arrive("alice");
});
afterEach(async () => {
  await settlePromises();
  expect(test.sfu.connections.size).toBe(0);
  const members = test.room.view.get().callMembers;
  expect(members.every(({ content }) => Object.keys(content as object).length === 0)).toBe(true);
  expect(alice.crypto()?.isClosed ?? true).toBe(true);
  expect(test.clock.pendingTimers).toBe(0);
});

async function codeOfJoin(options: Partial<JoinOptions> = {}): Promise<string> {
  const joining = joinCall(alice.deps, { roomId: test.room.roomId, microphone: fakeTrack("audio"), ...options });
  return codeOf(joining);
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const fault: unknown = await attempt.then(() => undefined).catch((error: unknown) => error);
  return fault instanceof CallError ? fault.code : `not a CallError: ${String(fault)}`;
}

/** The homeserver answers so whenever it is asked. */
function answerAlways(request: FakeRequest, code: MatrixRtcError["code"]): void {
  for (let time = 0; time < 10; time++) alice.user.failNext(request, new MatrixRtcError(code, "The fake says so"));
}

function refuseTransforms(): never {
  throw new TypeError("no transforms here");
}

describe("a join that fails leaves nothing behind and", () => {
  it("is no_transport when no route names an SFU", async () => {
    test.homeserver.transports = [];

    expect(await codeOfJoin()).toBe("no_transport");
  });

  it.each(["homeserver_unreachable", "logged_out", "rate_limited"] as const)(
    "is %s when that is why no route named an SFU",
    async (code) => {
      answerAlways("readTransports", code);

      expect(await codeOfJoin()).toBe(code);
    },
  );

  it.each([
    ["openid_refused", "forbidden"],
    ["homeserver_unreachable", "homeserver_unreachable"],
    ["logged_out", "logged_out"],
    ["rate_limited", "rate_limited"],
  ] as const)("is %s when the homeserver answers a request for an OpenID token with %s", async (code, answer) => {
    answerAlways("requestOpenIdToken", answer);

    expect(await codeOfJoin()).toBe(code);
  });

  it.each([
    ["grant_refused", 401],
    ["grant_refused", 403],
    ["rate_limited", 429],
    ["grant_unreachable", 404],
  ] as const)("is %s when the authorisation service answers %i", async (code, status) => {
    test.tokens.failWith = status;

    expect(await codeOfJoin()).toBe(code);
  });

  it("is grant_unreachable when the authorisation service does not answer for long", async () => {
    test.tokens.isUnreachable = true;
    const code = codeOfJoin();
    await test.clock.advance(40_000);

    expect(await code).toBe("grant_unreachable");
  });

  it("is grant_unreachable when the authorisation service fails for long", async () => {
    test.tokens.failWith = 500;
    const code = codeOfJoin();
    await test.clock.advance(40_000);

    expect(await code).toBe("grant_unreachable");
  });

  it("is sfu_unreachable when the SFU is down", async () => {
    test.sfu.goDown();

    expect(await codeOfJoin()).toBe("sfu_unreachable");
  });

  it("is sfu_full when the SFU takes nobody more", async () => {
    test.sfu.isFull = true;

    expect(await codeOfJoin()).toBe("sfu_full");
  });

  it("is membership_failed when the homeserver refuses the membership", async () => {
    answerAlways("sendState", "forbidden");
    answerAlways("scheduleState", "forbidden");

    expect(await codeOfJoin()).toBe("membership_failed");
  });

  it("is logged_out when the login is dead by then", async () => {
    answerAlways("sendState", "logged_out");
    answerAlways("scheduleState", "logged_out");

    expect(await codeOfJoin()).toBe("logged_out");
  });

  it("is crypto_failed when this device cannot have encryption", async () => {
    const refused = Promise.reject(new MatrixRtcError("unsupported", "No WASM here"));
    refused.catch(() => {});
    alice.user.cryptoReady = refused;

    expect(await codeOfJoin()).toBe("crypto_failed");
  });

  it("announces nobody when encryption is ready only after another part of the join has failed", async () => {
    let makeReady: (() => void) | undefined;
    alice.user.cryptoReady = new Promise((resolve) => {
      makeReady = resolve;
    });
    test.sfu.isFull = true;

    expect(await codeOfJoin()).toBe("sfu_full");
    makeReady?.();
    await settlePromises();

    expect(alice.user.requests).not.toContain("sendState");
  });

  it("is room_not_found when the room does not arrive", async () => {
    test.room.part(alice.user.self.userId);

    const code = codeOfJoin();
    await test.clock.advance(15_000);

    expect(await code).toBe("room_not_found");
  });

  it("is slot_invalid for a slot that cannot be", async () => {
    expect(await codeOfJoin({ slot: { application: "m.call", id: "a#b" } })).toBe("slot_invalid");
    const scope = new Scope();
    const open = async (): Promise<unknown> =>
      openLobby(alice.deps, { roomId: test.room.roomId, slot: { application: "", id: "" } }, scope);
    expect(await codeOf(open())).toBe("slot_invalid");
    await scope.end();
  });

  it("is encryption_unsupported where frames cannot be transformed", async () => {
    alice = test.arrive("bob", { createFrameCrypto: refuseTransforms });

    expect(await codeOfJoin()).toBe("encryption_unsupported");
  });

  it("tells the lobby", async () => {
    test.sfu.isFull = true;
    const bob = await test.enter("bob");

    expect(await codeOf(bob.join())).toBe("sfu_full");
    expect(bob.lobby.joining.get()).toMatchObject({ phase: "failed", error: { code: "sfu_full", retryable: true } });
    await bob.scope.end();
  });

  it("can be tried again through the same lobby", async () => {
    test.sfu.isFull = true;
    const bob = await test.enter("bob");
    await codeOf(bob.join());

    test.sfu.isFull = false;
    const call = await bob.join();

    expect(call.state.get().phase).toBe("joined");
    await call.leave();
    await bob.scope.end();
  });

  it("takes the configured service when the homeserver names none", async () => {
    test.homeserver.transports = [];
    const options = { roomId: test.room.roomId, fallbackServiceUrl: test.tokens.serviceUrl };

    const call = await joinCall(alice.deps, options);

    expect(call.state.get().phase).toBe("joined");
    await call.leave();
  });
});
