import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { FakeSfu } from "./testing/FakeSfu.ts";
import { freePort } from "./testing/listening.ts";
import { Rig } from "./testing/Rig.ts";
import { type Environment, isOther } from "./testing/ServiceProcess.ts";
import { SECRET } from "./testing/webhook.ts";

const ROUTE = "/get_token";
const QUARTER_HOUR_MS = 900_000;
/** The service waits a quarter of a minute for the SFU's first webhook. */
const PATIENCE = { timeout: 90_000, interval: 100 } as const;

/** What the sentence about each mistake says, and no other sentence. */
const NAMED = {
  "an SFU that is not there": /does not answer.*LIVEKIT_URL/i,
  "a secret that is not the SFU's": /LIVEKIT_SECRET/,
  "a clock that is off": /clock/i,
  "a homeserver that is not there": /homeserver .*(cannot|not).*(asked|reach)/i,
  "rooms that anybody can make": /auto_create/,
  "webhooks that never arrive": /webhook\.urls/,
} as const;
type Mistake = keyof typeof NAMED;

describe.skipIf(isOther)("the self-check names in one sentence", () => {
  let rig: Rig;
  const sfus: FakeSfu[] = [];

  beforeAll(async () => {
    rig = await Rig.open();
  });

  afterAll(async () => {
    await rig.close();
    await Promise.all(sfus.map((sfu) => sfu.close()));
  });

  async function sfuWith(change: (sfu: FakeSfu) => void): Promise<Environment> {
    const sfu = await FakeSfu.start(SECRET);
    sfus.push(sfu);
    change(sfu);
    return { LIVEKIT_URL: sfu.url };
  }

  /** What `--check` says, a sentence each line, and its exit status. */
  async function check(more: Environment): Promise<readonly [number | null, readonly string[]]> {
    const [status, service] = await rig.run(rig.environment(more), ["--check"]);
    return [status, service.output.split("\n").filter(Boolean)];
  }

  function expectNamed(sentences: readonly string[], mistake: Mistake): void {
    const named = Object.entries(NAMED).filter(([, pattern]) => sentences.some((sentence) => pattern.test(sentence)));
    expect(sentences.filter((sentence) => NAMED[mistake].test(sentence))).toHaveLength(1);
    expect(named.map(([name]) => name)).toEqual([mistake]);
    expect(sentences.join(" ")).not.toContain(SECRET);
  }

  it.each<[Mistake, () => Promise<Environment>]>([
    ["an SFU that is not there", async () => ({ LIVEKIT_URL: `ws://127.0.0.1:${await freePort()}` })],
    ["a secret that is not the SFU's", async () => ({ LIVEKIT_SECRET: "another-secret-another-secret-32" })],
    ["a clock that is off", () => sfuWith((sfu) => (sfu.clockAheadMs = QUARTER_HOUR_MS))],
    [
      "a homeserver that is not there",
      async () => ({ LIVEKIT_FULL_ACCESS_HOMESERVERS: `127.0.0.1:${await freePort()}` }),
    ],
    ["rooms that anybody can make", () => sfuWith((sfu) => (sfu.createsRooms = true))],
  ])("%s, when asked and at the start", async (mistake, seed) => {
    const seeded = await seed();

    const [status, sentences] = await check(seeded);
    const service = await rig.start(seeded);

    expect(status).toBe(1);
    expectNamed(sentences, mistake);
    await vi.waitFor(() => expect(service.log).toMatch(NAMED[mistake]), PATIENCE);
  });

  it("webhooks that never arrive, when the SFU had something to tell", async () => {
    const service = await rig.start({
      LIVEKIT_CS_API_URL_OVERRIDES: `${rig.home.serverName}=${rig.home.clientUrl}`,
    });
    const person = rig.person();
    rig.sfu.setPresent(person.sfuRoom, person.sfuIdentity(ROUTE), true);

    await service.post(ROUTE, person.bodyFor(ROUTE, person.delay()));

    await vi.waitFor(() => expect(service.log).toMatch(NAMED["webhooks that never arrive"]), PATIENCE);
    const lines = service.log.split("\n").filter((line) => NAMED["webhooks that never arrive"].test(line));
    expect(lines).toHaveLength(1);
  });

  it("nothing where nothing is wrong", async () => {
    const [status, sentences] = await check({});

    expect(status).toBe(0);
    for (const pattern of Object.values(NAMED)) expect(sentences.filter((line) => pattern.test(line))).toEqual([]);
  });
});
