import { describe, test } from "vitest";

import { startHomeserver } from "../matrix-http/openGuest.ts";
import { EVERYTHING, walkAndTell } from "./walkAndTell.ts";

const LIMIT_MS = 110_000;
const STEPS = 50;

describe("matrix-js-sdk's MatrixRTCSession and ours agree on who is in the call", { timeout: LIMIT_MS }, () => {
  for (const [ours, theirs, seed] of [
    ["deployed", "deployed", 20_261_101],
    ["sticky", "sticky", 20_261_102],
    ["sticky", "deployed", 20_261_103],
  ] as const) {
    test(`over fifty steps, ours sending ${ours} and theirs ${theirs} memberships (seed ${seed})`, () => {
      const layers = { conclave: ours, "matrix-js-sdk": theirs } as const;
      return walkAndTell(startHomeserver(), { layers, steps: STEPS, seed, actions: EVERYTHING });
    });
  }

  // Who logs in later cannot read sticky events that were encrypted before, so nobody comes back here.
  test("over thirty steps in an encrypted room, both sending sticky memberships (seed 20261104)", () =>
    walkAndTell(
      startHomeserver(),
      {
        layers: { conclave: "sticky", "matrix-js-sdk": "sticky" },
        steps: 30,
        seed: 20_261_104,
        actions: ["leave", "refresh"],
      },
      { isEncrypted: true },
    ));
});
