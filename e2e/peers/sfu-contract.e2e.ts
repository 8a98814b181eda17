import { runContract } from "@conclave/sfu/contract";
import { afterAll, beforeAll, describe } from "vitest";

import { type SpawnedLivekit, spawnLivekit } from "./sfuLivekit.ts";

describe("LiveKit 1.13 keeps the contract that our SFU is held to", () => {
  let livekit: SpawnedLivekit;

  beforeAll(async () => {
    livekit = await spawnLivekit();
  });

  afterAll(() => livekit.close());

  // Browsers need minutes more: `CONCLAVE_CONTRACT=all` brings them in.
  const withBrowser = process.env["CONCLAVE_CONTRACT"] === "all";
  runContract({ isOurs: false, server: (context) => livekit.of(context), withBrowser });
});
