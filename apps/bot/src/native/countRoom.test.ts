import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import type { MediaBytes } from "../model.ts";
import { WireCount } from "../sfu/WireCount.ts";
import { countRoom } from "./countRoom.ts";

let clock: FakeClock;
let wire: WireCount;
let room: MediaBytes | undefined;
let stop: () => void;

beforeEach(() => {
  clock = new FakeClock();
  wire = new WireCount();
  room = undefined;
  const read = (): Promise<MediaBytes> => (room ? Promise.resolve(room) : Promise.reject(new Error("not connected")));
  stop = countRoom(clock, read, wire);
});

describe("countRoom", () => {
  it("adds what a room carries since the last reading, also after it has begun anew", async () => {
    room = { sent: 100, received: 1_000 };
    await clock.advance(2_000);
    room = { sent: 150, received: 1_400 };
    await clock.advance(2_000);
    room = { sent: 20, received: 30 };
    await clock.advance(2_000);

    expect(wire.read()).toEqual({ sent: 170, received: 1_430 });
  });

  it("goes on asking a room that is not connected, and leaves no timer when it is stopped", async () => {
    await clock.advance(4_000);
    room = { sent: 1, received: 2 };
    await clock.advance(2_000);
    stop();

    expect(wire.read()).toEqual({ sent: 1, received: 2 });
    expect(clock.pendingTimers).toBe(0);
  });
});
