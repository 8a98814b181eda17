import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Call } from "./model.ts";
import { TestCall, type TestPerson } from "./testing/index.ts";

/** quality.md F7: the leave has to be restarted by somebody within its 9 s. */
const LEAVE_DELAY_MS = 9_000;
const HOUR_MS = 3_600_000;

let test: TestCall;
let alice: TestPerson & { readonly call: Call };
beforeEach(async () => {
  test = new TestCall();
});
afterEach(async () => {
  test.homeserver.restart();
  const leaving = alice.call.leave();
  await test.clock.advance(10_000);
  await leaving;
  await test.end();
});

interface Handover {
  readonly path: string;
  readonly delay_id: string;
  readonly delay_timeout: number;
  readonly openid_token: { readonly access_token: string };
}

function handovers(): readonly Handover[] {
  return test.tokens.requests.flatMap(({ path, body }) =>
    "delay_id" in body ? [{ path, ...(body as Omit<Handover, "path">) }] : [],
  );
}

async function joinAndSettle(layer: "deployed" | "sticky" = "deployed"): Promise<void> {
  alice = await test.join("alice", { layer });
  await test.clock.advance(3_000);
}

describe("the delayed leave", () => {
  it("is handed to the service beside a wish for a token, to be sent and not to be restarted", async () => {
    await joinAndSettle();

    expect(handovers()).toEqual([
      expect.objectContaining({ path: "/sfu/get", delay_timeout: HOUR_MS, delay_id: expect.any(String) as string }),
    ]);
    expect(test.logs.join()).not.toContain(handovers()[0]!.delay_id);
  });

  it("goes the way of MSC4195 for a hashed identity", async () => {
    await joinAndSettle("sticky");

    const [handover] = handovers();
    expect(handover).toMatchObject({ path: "/delegate_delayed_leave", delay_timeout: HOUR_MS });
    expect(Object.keys(handover!).toSorted()).toEqual([
      "delay_id",
      "delay_timeout",
      "member",
      "openid_token",
      "path",
      "room_id",
      "slot_id",
    ]);
  });

  it("is offered once to a service that takes none", async () => {
    test.tokens.takesLeaves = false;
    await joinAndSettle();
    await test.clock.advance(120_000);

    expect(handovers()).toHaveLength(1);
    expect(alice.call.state.get()).toEqual({ phase: "joined" });
  });

  it("is offered again to a service that did not answer", async () => {
    alice = await test.join("alice");
    test.tokens.failWith = 503;
    await test.clock.advance(3_000);
    test.tokens.failWith = undefined;
    await test.clock.advance(31_000);

    expect(handovers()).toHaveLength(2);
  });

  it("is restarted by the service as soon as the homeserver does not take our restarts, with a proof of before", async () => {
    await joinAndSettle();
    const usedTokens = handovers().map(({ openid_token }) => openid_token.access_token);

    test.homeserver.goDown();
    await test.clock.advance(5_000);

    const [first, second, ...others] = handovers();
    expect(others).toEqual([]);
    expect(second).toMatchObject({ delay_id: first!.delay_id, delay_timeout: LEAVE_DELAY_MS });
    expect(usedTokens).not.toContain(second!.openid_token.access_token);
  });

  it("is ours to restart again when the homeserver is back", async () => {
    await joinAndSettle();
    test.homeserver.goDown();
    await test.clock.advance(5_000);

    test.homeserver.restart();
    await test.clock.advance(10_000);

    expect(handovers().at(-1)).toMatchObject({ delay_timeout: HOUR_MS });
  });

  it("is not handed over while the SFU does not know us: the service would send it", async () => {
    alice = await test.join("alice");
    test.sfu.cut(alice.identity);
    await test.clock.advance(10_000);
    expect(handovers()).toEqual([]);

    test.sfu.heal(alice.identity);
    await settlePromises();
    await test.clock.advance(3_000);

    expect(handovers()).toHaveLength(1);
  });

  it("is no longer anybody's matter after the call", async () => {
    await joinAndSettle();
    await alice.call.leave();
    await test.end();
    const before = handovers().length;
    expect(test.clock.pendingTimers).toBe(0);

    await test.clock.advance(HOUR_MS);

    expect(handovers()).toHaveLength(before);
  });
});
