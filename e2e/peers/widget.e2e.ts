import { openBrowser, type PersonBrowser } from "@conclave/bot/browser";
import { type HostDemo, startHostDemo } from "@conclave/host-demo";
import { afterAll, afterEach, beforeAll, describe, it } from "vitest";

import { createRoom } from "../createRoom.ts";
import { alice, bob, carol, dora } from "../media/people.ts";
import { raiseHandsAcrossAFourth } from "../widget/fourthPerson.ts";
import { meetInThreeClients } from "../widget/threeClients.ts";
import { spawnPeers, type SpawnedPeers } from "./spawnPeers.ts";

/** Building LiveKit takes three minutes where nothing is cached. */
const BUILD_LIMIT_MS = 900_000;

describe("on Synapse and LiveKit", () => {
  let peers: SpawnedPeers;
  let host: HostDemo;
  let browsers: PersonBrowser[] = [];

  beforeAll(async () => {
    [peers, host] = await Promise.all([spawnPeers(), startHostDemo()]);
  }, BUILD_LIMIT_MS);

  afterEach(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    browsers = [];
  });

  afterAll(async () => {
    await host?.close();
    await peers?.close();
  });

  it("our widget, our app and Element Call see, hear and answer each other, decrypted, while a fourth comes and goes", async (context) => {
    const { homeserverUrl, webAppUrl } = peers.of(context);
    if (webAppUrl === undefined) context.skip("The web app is not built");
    const { alias, linkId } = await createRoom(homeserverUrl, { isEncrypted: true });
    browsers = await Promise.all([alice, bob, carol, dora].map((person) => openBrowser(person)));
    const [inHost, inApp, inElement, fourth] = browsers as [PersonBrowser, PersonBrowser, PersonBrowser, PersonBrowser];
    const place = { hostUrl: host.url, homeserver: homeserverUrl, conclave: webAppUrl ?? "", room: alias };

    const three = await meetInThreeClients({ inHost, inApp, inElement }, place, linkId);
    await raiseHandsAcrossAFourth(three, fourth, { ...place, linkId });
    await inElement.page.screenshot({ path: "e2e/artifacts/three-clients-on-synapse.png" });
  });
});
