import { TrackSource } from "@livekit/protocol";
import { readAccessToken } from "@conclave/livekit-wire";
import { describe, expect, it } from "vitest";

import { mintToken } from "../testing/serveSfu.ts";
import { allowsSubscriber, mayPublish, openPolicy } from "./permissions.ts";

const BOB = { sid: "PA_bob", identity: "bob" };

describe("mayPublish", () => {
  it("allows every source unless the token says otherwise", async () => {
    expect(mayPublish(readAccessToken(await mintToken()), TrackSource.SCREEN_SHARE)).toBe(true);
    const silent = readAccessToken(await mintToken({ grant: { canPublish: false } }));
    expect(mayPublish(silent, TrackSource.CAMERA)).toBe(false);
  });

  it("allows only the listed sources", async () => {
    const grant = { ...readAccessToken(await mintToken()), publishSources: ["microphone" as const] };

    expect(mayPublish(grant, TrackSource.MICROPHONE)).toBe(true);
    expect(mayPublish(grant, TrackSource.CAMERA)).toBe(false);
    expect(mayPublish(grant, TrackSource.UNKNOWN)).toBe(false);
  });
});

describe("allowsSubscriber", () => {
  it("lets everybody have everything at first", () => {
    expect(allowsSubscriber(openPolicy, BOB, "TR_1")).toBe(true);
  });

  it("knows exceptions by identity or sid, for all tracks or some", () => {
    const all = { allowsAll: false, exceptions: new Map([["bob", "all" as const]]) };
    const some = { allowsAll: false, exceptions: new Map([["PA_bob", new Set(["TR_1"])]]) };

    expect(allowsSubscriber(all, BOB, "TR_2")).toBe(true);
    expect(allowsSubscriber(some, BOB, "TR_1")).toBe(true);
    expect(allowsSubscriber(some, BOB, "TR_2")).toBe(false);
    expect(allowsSubscriber(all, { sid: "PA_carol", identity: "carol" }, "TR_1")).toBe(false);
  });
});
