import { matrixPortSuite } from "@conclave/matrix-rtc/testing";
import { afterAll, beforeAll, describe, it } from "vitest";

import { startHomeserver } from "../matrix-http/openGuest.ts";
import { openTwoUsers } from "../matrix-http/twoUsers.ts";
import { openTwoHosts } from "../matrix-js-sdk/twoUsers.ts";
import { WidgetSuite } from "../widget/WidgetSuite.ts";
import { type Peers, spawnPeers, type SpawnedPeers } from "./spawnPeers.ts";

/** Building LiveKit takes three minutes where nothing is cached. */
const BUILD_LIMIT_MS = 900_000;

const ADAPTERS = { matrixHttp: openTwoUsers, matrixJsSdk: openTwoHosts } as const;
const HOMESERVERS = {
  Synapse: ({ homeserverUrl }: Peers) => startHomeserver(homeserverUrl),
  "the embedded homeserver": () => startHomeserver(),
} as const;

let stack: SpawnedPeers;

beforeAll(async () => {
  stack = await spawnPeers();
}, BUILD_LIMIT_MS);

afterAll(() => stack.close());

for (const [adapterName, openUsers] of Object.entries(ADAPTERS)) {
  for (const [homeserverName, find] of Object.entries(HOMESERVERS)) {
    describe(`${adapterName} on ${homeserverName} keeps what MatrixPort promises`, () => {
      let running: Peers;
      let kept = 0;
      const suite = matrixPortSuite(() => openUsers(find(running)));

      afterAll(() => console.log(`${adapterName} on ${homeserverName}: ${kept} of ${suite.length}`));

      for (const acceptance of suite) {
        it(acceptance.name, async (context) => {
          running = stack.of(context);
          await acceptance.run();
          kept += 1;
        });
      }
    });
  }
}

describe("matrixWidget on Synapse keeps what MatrixPort promises", () => {
  const suite = new WidgetSuite();
  let running: Peers;
  let kept = 0;
  const tests = suite.tests(() => running.homeserverUrl);

  beforeAll(() => suite.ready());

  afterAll(async () => {
    console.log(`matrixWidget on Synapse: ${kept} of ${tests.length}`);
    await suite.close();
  });

  for (const { name, run } of tests) {
    it(name, async (context) => {
      running = stack.of(context);
      await run();
      kept += 1;
    });
  }
});
