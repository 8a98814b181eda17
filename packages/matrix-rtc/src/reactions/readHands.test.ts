import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import type { EventId, RoomId } from "../ids.ts";
import type { RecentEvents, RelationQuery, RoomEvent } from "../ports.ts";
import { readHands } from "./readHands.ts";

const roomId = "!room:hs.example" as RoomId;

function targets(count: number): readonly EventId[] {
  return Array.from({ length: count }, (_, index) => `$member${index}` as EventId);
}

/** A room in which more has been annotated than one answer holds. */
async function isBusy(): Promise<RecentEvents> {
  return { events: [], isAll: false };
}

async function nobodyAsks(): Promise<never> {
  throw new Error("Nobody should ask");
}

describe("reading the hands of a large call", () => {
  it("asks four questions at a time, each once, and of two hundred members at most", async () => {
    const asked: EventId[] = [];
    const open: (() => void)[] = [];
    let most = 0;
    const readRelations = async (_room: RoomId, { eventId }: RelationQuery): Promise<readonly never[]> => {
      asked.push(eventId);
      await new Promise<void>((resolve) => void open.push(resolve));
      return [];
    };
    const deps = { matrix: { readRecentEvents: isBusy, readRelations }, clock: new FakeClock(), logger: silentLogger };

    const reading = readHands(deps, { roomId, targets: targets(500) }, () => {}, new Scope());
    for (let round = 0; round < 60; round++) {
      await settlePromises();
      most = Math.max(most, open.length);
      for (const answer of open.splice(0)) answer();
    }
    await reading;

    expect(most).toBe(4);
    expect(asked).toEqual(targets(200));
  });

  it("asks once where the newest annotations are all of them", async () => {
    const hand = { eventId: "$hand" } as RoomEvent;
    const readRecentEvents = async (): Promise<RecentEvents> => ({ events: [hand], isAll: true });
    const deps = {
      matrix: { readRecentEvents, readRelations: nobodyAsks },
      clock: new FakeClock(),
      logger: silentLogger,
    };
    const found: RoomEvent[] = [];

    await readHands(deps, { roomId, targets: targets(200) }, (event) => found.push(event), new Scope());

    expect(found).toEqual([hand]);
  });

  it("stops with its scope", async () => {
    const asked: EventId[] = [];
    const scope = new Scope();
    const readRelations = async (_room: RoomId, { eventId }: RelationQuery): Promise<readonly never[]> => {
      asked.push(eventId);
      await scope.end();
      return [];
    };
    const deps = { matrix: { readRecentEvents: isBusy, readRelations }, clock: new FakeClock(), logger: silentLogger };

    await readHands(deps, { roomId, targets: targets(100) }, () => {}, scope);

    expect(asked.length).toBeLessThanOrEqual(4);
  });
});
