import { settlePromises } from "@conclave/kit/testing";
import { describe, it } from "vitest";

import { FakeSfu } from "./FakeSfu.ts";
import { fakeTrack } from "./fakeTracks.ts";
import { type SfuSuiteHarness, sfuClientSuite } from "./sfuClientSuite.ts";

function harness(): SfuSuiteHarness {
  return {
    client: new FakeSfu(),
    grantFor: (identity) =>
      Promise.resolve({ url: "ws://sfu", jwt: "x", identity, room: "room", expiresAtMs: Number.MAX_SAFE_INTEGER }),
    createTrack: fakeTrack,
    async until(what, condition) {
      await settlePromises();
      if (!condition()) throw new Error(`It did not happen that ${what}`);
    },
  };
}

describe("FakeSfu", () => {
  it.each(sfuClientSuite)("$name", async (scenario) => {
    await scenario.run(harness());
  });
});
