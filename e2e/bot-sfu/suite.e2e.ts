import { browserTypes, createProtocolSfu, ProtocolTrack } from "@conclave/bot/rtc";
import { sfuClientSuite } from "@conclave/call/testing";
import { silentLogger, systemClock } from "@conclave/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { NumberedFrames } from "./NumberedFrames.ts";
import { startSfu, type StartedSfu } from "./startSfu.ts";

const PATIENCE = { timeout: 15_000, interval: 20 };

describe("a protocol bot's SFU client over our SFU", () => {
  let sfu: StartedSfu;

  beforeAll(async () => {
    sfu = await startSfu();
  });

  afterAll(() => sfu.close());

  it.each(sfuClientSuite)("$name", async (scenario) => {
    await scenario.run({
      client: createProtocolSfu({ clock: systemClock, logger: silentLogger }),
      grantFor: (identity) => sfu.grantFor(scenario.name, identity),
      createTrack: (kind) => browserTypes.asMediaStreamTrack(new ProtocolTrack(kind, new NumberedFrames(kind))),
      until: async (what, condition) => {
        await expect.poll(condition, { ...PATIENCE, message: what }).toBe(true);
      },
    });
  });
});
