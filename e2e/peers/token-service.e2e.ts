import { enterCall, openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { createRoom } from "../createRoom.ts";
import { crashPage } from "../faults/pageFaults.ts";
import { alice, bob } from "../media/people.ts";
import { expectFullCall, observe } from "../page/expectations.ts";
import { type PeersOptions, spawnPeers, type SpawnedPeers } from "./spawnPeers.ts";

/** Building LiveKit takes three minutes where nothing is cached. */
const BUILD_LIMIT_MS = 900_000;
const JOIN_LIMIT_MS = 40_000;
/** quality.md F21: 2 s where the SFU notices soon, as ours does; else the delayed leave fires. */
const GHOST_LIMIT_MS = { conclave: 4_000, livekit: 10_000 };

const MIXTURES = {
  "Synapse and LiveKit": [],
  "Synapse and our SFU": ["sfu"],
  "our homeserver and LiveKit": ["homeserver"],
  "our homeserver and our SFU, each alone": ["homeserver", "sfu"],
} as const satisfies Readonly<Record<string, PeersOptions["ours"]>>;

describe.each(Object.entries(MIXTURES))(
  "bin/conclave jwt-service with nothing but lk-jwt-service's variables, between %s",
  (_name, ours) => {
    let peers: SpawnedPeers;
    let browsers: PersonBrowser[] = [];

    beforeAll(async () => {
      peers = await spawnPeers({ ours });
    }, BUILD_LIMIT_MS);

    afterEach(async () => {
      await Promise.all(browsers.map((browser) => browser.close()));
      browsers = [];
    });

    afterAll(() => peers?.close());

    it("lets two people of our app see and hear each other, decrypted, and takes who crashes off the list", async (context) => {
      const { homeserverUrl, ...others } = peers.of(context);
      const webAppUrl = others.webAppUrl ?? context.skip("The web app is not built");
      const { linkId } = await createRoom(homeserverUrl, { isEncrypted: true });
      browsers = await Promise.all([alice, bob].map((person) => openBrowser(person)));
      const [first, second] = browsers as [PersonBrowser, PersonBrowser];

      for (const browser of browsers) await enterCall(browser, webAppUrl, linkId);

      await expectFullCall(browsers, JOIN_LIMIT_MS);
      const { page } = first;
      await expect.poll(() => page.getByTestId("call-lock").getAttribute("data-state")).toBe("locked");
      await handedOver(second);
      const crashedAtMs = Date.now();
      await crashPage(second);
      const limitMs = GHOST_LIMIT_MS[(ours as readonly string[]).includes("sfu") ? "conclave" : "livekit"];
      await expect
        .poll(async () => (await observe(first)).tiles.length, { interval: 20, timeout: GHOST_LIMIT_MS.livekit })
        .toBe(1);
      const goneMs = Date.now() - crashedAtMs;
      console.log(`F21: gone after ${goneMs} ms`);
      expect(goneMs).toBeLessThanOrEqual(limitMs);
    });
  },
);

/** Its second wish for a token: the one with the delayed leave. */
async function handedOver({ page }: PersonBrowser): Promise<void> {
  const wishes = (): Promise<number> =>
    page.evaluate(
      () => performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/sfu/get")).length,
    );
  await expect.poll(wishes).toBeGreaterThanOrEqual(2);
}
