import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { reportOf, SwarmProgram } from "../swarm/swarmProgram.ts";
import { spawnPeers, type SpawnedPeers } from "./spawnPeers.ts";

/** Building LiveKit takes three minutes where nothing is cached. */
const BUILD_LIMIT_MS = 900_000;
const SCENARIO = ["--people", "12", "--talkers", "3", "--cameras", "2", "--ramp", "1/s", "--for", "20s", "--seed", "7"];

describe("conclave swarm against Synapse and LiveKit", () => {
  const swarm = new SwarmProgram();
  let peers: SpawnedPeers;

  beforeAll(async () => {
    peers = await spawnPeers();
  }, BUILD_LIMIT_MS);

  afterAll(async () => {
    await peers.close();
    await swarm.close();
  });

  it("decrypts everything there as on the embedded stack, with the same plan, and compares the two", async (context) => {
    const { homeserverUrl } = peers.of(context);
    const foreign = await swarm.run(...SCENARIO, "--url", homeserverUrl);
    const embedded = await swarm.run(...SCENARIO);

    const compared = await swarm.perform("compare", embedded.folder, foreign.folder);
    console.log(foreign.output.split("\n").slice(-14).join("\n"), compared.output);
    const [there, here] = [await reportOf(foreign), await reportOf(embedded)];
    expect(there.metrics["pairs"]).toEqual(here.metrics["pairs"]);
    expect(there.metrics["pairs"]).toMatchObject({ value: 1 });
    expect(compared.exitCode).toBe(0);
  });
});
