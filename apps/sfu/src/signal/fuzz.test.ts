import { Ping } from "@livekit/protocol";
import { seededRandom } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { RandomRequests } from "../testing/randomRequests.ts";
import type { SignalClient } from "../testing/SignalClient.ts";

const MESSAGES = 100_000;
/** Sent before an answer is awaited; less than may wait on the server. */
const BATCH = 250;
const SEED = 20_261_130;
const STORY_TIMEOUT_MS = 240_000;

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab(true, { limits: { signalRequestsPerSecond: MESSAGES } });
});

afterEach(() => lab.close());

/** Waits until everything that was sent is served, or the session has ended of it. */
async function served(client: SignalClient, mark: bigint): Promise<void> {
  client.send({ case: "pingReq", value: new Ping({ timestamp: mark }) });
  await client
    .next("pongResp", ({ lastPingTimestamp }) => lastPingTimestamp === mark)
    .catch((fault: unknown) => {
      if (client.closeCode === undefined) throw fault;
    });
}

describe("signalling under attack", () => {
  it(
    `outlives ${MESSAGES} random messages and then serves as before`,
    async () => {
      const requests = new RandomRequests(seededRandom(SEED));
      let [sent, sessions] = [0, 0];
      let mallory: SignalClient | undefined;
      while (sent < MESSAGES) {
        if (!mallory || mallory.closeCode !== undefined) {
          sessions += 1;
          mallory = await lab.join(`mallory${sessions % 3}`);
          await mallory.next("join");
        }
        for (let index = 0; index < BATCH && mallory.closeCode === undefined; index += 1, sent += 1) {
          mallory.socket.send(requests.next());
        }
        await served(mallory, BigInt(sent));
        mallory.messages.length = 0;
        // Tokens are of the real time, which must not run away from the lab's.
        await lab.clock.advance(Math.max(50, Date.now() - lab.clock.nowMs()));
      }

      const alice = await lab.join("alice");
      const bob = await lab.join("bob");
      await alice.sees("bob", () => true);
      await served(bob, 1n);
      expect(sessions).toBeGreaterThan(10);
      expect(lab.plane.rooms.length).toBe(1);
    },
    STORY_TIMEOUT_MS,
  );

  it.each([
    ["a hundred thousand nested groups", Buffer.alloc(100_000, 0x0b)],
    ["a length beyond the message", Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ["a number of more than ten bytes", Buffer.alloc(64, 0xff)],
    ["deeply nested JSON", "[".repeat(100_000)],
    ["text that is no JSON", "hello"],
  ])("ends the session that sends %s, and no other", async (_name, message) => {
    const alice = await lab.join("alice");
    const mallory = await lab.join("mallory");
    await alice.sees("mallory", () => true);
    mallory.socket.send(message, { binary: typeof message !== "string" });

    expect(await mallory.closed()).toBe(1008);
    await served(alice, 7n);
    expect(alice.closeCode).toBeUndefined();
  });
});
