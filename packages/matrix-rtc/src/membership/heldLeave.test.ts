import { afterEach, describe, expect, it } from "vitest";

import { TestSlot } from "../testing/TestSlot.ts";

let slot: TestSlot;
afterEach(() => slot.end());

describe("the leave that the homeserver holds", () => {
  it("is known from the join on, kept while restarts are taken, and unknown after the leave", async () => {
    slot = new TestSlot();
    const alice = slot.enter("alice");
    const { session } = alice;
    expect(session.heldLeave.get()).toBeUndefined();

    await slot.publish(alice);
    const held = session.heldLeave.get();
    expect(held).toMatchObject({ delayMs: 9_000, isKept: true });
    await slot.clock.advance(20_000);
    expect(session.heldLeave.get()).toBe(held);

    await session.leave();
    expect(session.heldLeave.get()).toBeUndefined();
  });

  it("is not kept while the homeserver takes no restarts, and is again after one", async () => {
    slot = new TestSlot();
    const { session } = await slot.join("alice");

    slot.homeserver.goDown();
    await slot.clock.advance(4_000);
    expect(session.heldLeave.get()).toMatchObject({ isKept: false });

    slot.homeserver.restart();
    await slot.clock.advance(2_000);
    expect(session.heldLeave.get()).toMatchObject({ isKept: true });
  });
});
