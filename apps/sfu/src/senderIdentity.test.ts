import { silentLogger, systemClock } from "@conclave/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createSfu } from "./createSfu.ts";
import type { TappedPacket } from "./ports.ts";
import { RawPublisher } from "./testing/RawPublisher.ts";
import { API_KEYS, mintToken, type ServedSfu, serveSfu } from "./testing/serveSfu.ts";
import { SignalClient } from "./testing/SignalClient.ts";

const STORY_TIMEOUT_MS = 60_000;
const PACKETS = 50;

let served: ServedSfu;
const forwarded: TappedPacket[] = [];

beforeAll(async () => {
  const deps = {
    clock: systemClock,
    logger: silentLogger,
    randomBytes: (lengthBytes: number) => crypto.getRandomValues(new Uint8Array(lengthBytes)),
    tap: (packet: TappedPacket) => forwarded.push(packet),
  };
  const sfu = await createSfu(deps, {
    apiKeys: API_KEYS,
    mediaPort: 0,
    mediaHost: "127.0.0.1",
    announce: [],
    workerBin: process.env["MEDIASOUP_WORKER_BIN"] ?? "",
    autoCreateRooms: true,
  });
  served = await serveSfu(sfu);
}, STORY_TIMEOUT_MS);

afterAll(() => served.close());

async function publish(identity: string): Promise<RawPublisher> {
  return RawPublisher.publish(await SignalClient.connect(served.url, await mintToken({ identity })));
}

/** What was forwarded of whom: the text of each packet. */
function textsOf(identity: string): Set<string> {
  const own = forwarded.filter((packet) => packet.identity === identity);
  return new Set(own.map(({ payload }) => payload.toString("latin1").slice(-6)));
}

describe("sender identity (T5)", () => {
  it(
    "forwards nothing that a member sends under the SSRC of another, or under one that it has not announced",
    async () => {
      const [alice, mallory] = [await publish("alice"), await publish("mallory")];
      for (let index = 0; index < PACKETS; index += 1) {
        await alice.send("honest");
        await mallory.send("forged", alice.ssrc);
        await mallory.send("forged", 4_242_424);
      }
      // What comes after the forged packets on the same path has been forwarded: so would they have been.
      for (let index = 0; index < PACKETS; index += 1) await mallory.send("herown");
      await expect.poll(() => textsOf("mallory").has("herown"), { timeout: 10_000 }).toBe(true);
      await expect.poll(() => textsOf("alice").has("honest"), { timeout: 10_000 }).toBe(true);

      expect(textsOf("alice")).toEqual(new Set(["honest"]));
      expect(textsOf("mallory")).toEqual(new Set(["herown"]));
      const forged = forwarded.filter(({ payload }) => payload.toString("latin1").endsWith("forged"));
      process.stdout.write(`${2 * PACKETS} forged packets sent, ${forged.length} forwarded\n`);
      expect(forged).toEqual([]);
      await Promise.all([alice.close(), mallory.close()]);
    },
    STORY_TIMEOUT_MS,
  );
});
