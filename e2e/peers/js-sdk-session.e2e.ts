import { afterAll, beforeAll, describe, it } from "vitest";

import { EVERYTHING, walkAndTell } from "../js-sdk-session/walkAndTell.ts";
import { spawnPeers, type SpawnedPeers } from "./spawnPeers.ts";

/** Building LiveKit takes three minutes where nothing is cached. */
const BUILD_LIMIT_MS = 900_000;
const LIMIT_MS = 200_000;
const STEPS = 50;

let stack: SpawnedPeers;

beforeAll(async () => {
  stack = await spawnPeers();
}, BUILD_LIMIT_MS);

afterAll(() => stack.close());

describe("on Synapse, matrix-js-sdk's MatrixRTCSession and ours agree on who is in the call", () => {
  for (const [ours, theirs, seed] of [
    ["deployed", "deployed", 20_261_111],
    ["sticky", "sticky", 20_261_112],
    ["sticky", "deployed", 20_261_113],
  ] as const) {
    const name = `over fifty steps, ours sending ${ours} and theirs ${theirs} memberships (seed ${seed})`;
    it(name, { timeout: LIMIT_MS }, async (context) => {
      const { homeserverUrl: url } = stack.of(context);
      const layers = { conclave: ours, "matrix-js-sdk": theirs } as const;
      await walkAndTell({ url, fetch: globalThis.fetch }, { layers, steps: STEPS, seed, actions: EVERYTHING });
    });
  }

  it("over thirty steps in an encrypted room, both sending sticky memberships (seed 20261114)", async (context) => {
    const { homeserverUrl: url } = stack.of(context);
    const layers = { conclave: "sticky", "matrix-js-sdk": "sticky" } as const;
    const options = { layers, steps: 30, seed: 20_261_114, actions: ["leave", "refresh"] } as const;
    await walkAndTell({ url, fetch: globalThis.fetch }, options, { isEncrypted: true });
  });
});
