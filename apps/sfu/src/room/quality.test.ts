import {
  ConnectionQuality,
  type ConnectionQualityUpdate,
  ParticipantInfo_State,
  SessionDescription,
} from "@livekit/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { subscriberAnswer } from "../testing/sdpFixtures.ts";
import type { SignalClient } from "../testing/SignalClient.ts";
import { QUALITY_INTERVAL_MS } from "./announceQuality.ts";

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab();
});

afterEach(() => lab.close());

describe("connection quality", () => {
  it("is told to everybody when somebody has come, and not again while nothing changes", async () => {
    const alice = await connect("alice");
    await lab.clock.advance(QUALITY_INTERVAL_MS);
    expect(told(await alice.next("connectionQuality"))).toEqual([ConnectionQuality.EXCELLENT]);

    const bob = await connect("bob");
    await lab.clock.advance(QUALITY_INTERVAL_MS);
    expect(told(await bob.next("connectionQuality"))).toHaveLength(2);
    await lab.clock.advance(3 * QUALITY_INTERVAL_MS);
    // What was sent before carol's coming has arrived before it.
    await connect("carol");
    await bob.sees("carol", () => true);

    expect(bob.all("connectionQuality")).toHaveLength(1);
    expect(alice.all("connectionQuality")).toHaveLength(2);
  });
});

async function connect(identity: string): Promise<SignalClient> {
  const client = await lab.join(identity);
  const offer = await lab.pump(client.next("offer"));
  client.send({
    case: "answer",
    value: new SessionDescription({ type: "answer", sdp: subscriberAnswer(), id: offer.id }),
  });
  await client.sees(identity, ({ state }) => state === ParticipantInfo_State.ACTIVE);
  return client;
}

function told({ updates }: ConnectionQualityUpdate): ConnectionQuality[] {
  return updates.map(({ quality }) => quality);
}
