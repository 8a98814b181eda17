import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";

import { AccessToken } from "livekit-server-sdk";
import type { Page } from "playwright-core";
import { build } from "vite";

import { openPage } from "../openPage.ts";
import { median, type Run } from "../result.ts";
import { servePages } from "../servePages.ts";
import { LOAD } from "./loadShape.ts";
import { cpuOf } from "./cpuOf.ts";
import { spawnSfu, type SpawnedSfu } from "./spawnSfu.ts";

const ROUNDS = 9;
const ROUND_MS = 5_000;
/** For the senders' bandwidth estimators to reach the full rate. */
const WARM_UP_MS = 10_000;
const SETTLE_MS = 1_500;
const LIMIT_RATIO = 1.05;
/** A run whose receivers lost more is void. */
const MAX_LOST_SHARE = 0.005;
const PAGE_FOLDER = fileURLToPath(new URL("../artifacts/forward", import.meta.url));

interface Round {
  readonly usPerPacket: number;
  readonly packets: number;
  readonly bytesPerPacket: number;
  readonly lostShare: number;
}

/** P1: CPU time of all processes of the SFU for each forwarded packet, ours and bare mediasoup in turns. */
export async function forward(): Promise<Run> {
  await build({ configFile: fileURLToPath(new URL("page/vite.config.ts", import.meta.url)) });
  const secret = randomBytes(32).toString("hex");
  const ours = await spawnSfu("ourSfu.ts", { LIVEKIT_KEY: "bench", LIVEKIT_SECRET: secret });
  const bare = await spawnSfu("bareSfu.ts", {});
  const pages = await servePages(PAGE_FOLDER);
  const browser = await openPage();
  try {
    await browser.page.goto(pages.url);
    await loadBoth(browser.page, ours, bare, secret);
    return summarise(await takeTurns(browser.page, ours, bare));
  } finally {
    await browser.close();
    pages.close();
    ours.kill();
    bare.kill();
  }
}

async function loadBoth(page: Page, ours: SpawnedSfu, bare: SpawnedSfu, secret: string): Promise<void> {
  const tokens = await Promise.all(
    Array.from({ length: LOAD.publishers + LOAD.subscribers }, async (_, index) => {
      const token = new AccessToken("bench", secret, { identity: `bot-${index}` });
      token.addGrant({ room: "bench", roomJoin: true });
      return await token.toJwt();
    }),
  );
  await page.evaluate(
    async ({ livekitUrl, bareUrl, tokens }) => {
      window.sfus["ours"] = await window.loadLiveKit(livekitUrl, tokens);
      await window.sfus["ours"].setActive(false);
      window.sfus["bare"] = await window.loadBare(bareUrl);
      await window.sfus["bare"].setActive(false);
    },
    { livekitUrl: `ws://localhost:${ours.port}`, bareUrl: `http://localhost:${bare.port}`, tokens },
  );
}

async function takeTurns(page: Page, ours: SpawnedSfu, bare: SpawnedSfu): Promise<Record<"ours" | "bare", Round[]>> {
  const rounds: Record<"ours" | "bare", Round[]> = { ours: [], bare: [] };
  for (const [name, sfu] of Object.entries({ ours, bare })) {
    await measure(page, name, sfu, WARM_UP_MS);
  }
  for (let round = 0; round < ROUNDS; round++) {
    rounds.ours.push(await measure(page, "ours", ours, ROUND_MS));
    rounds.bare.push(await measure(page, "bare", bare, ROUND_MS));
  }
  return rounds;
}

async function measure(page: Page, name: string, sfu: SpawnedSfu, durationMs: number): Promise<Round> {
  await page.evaluate((sfuName) => window.sfus[sfuName]!.setActive(true), name);
  await pass(SETTLE_MS);
  const before = { ...(await readReceived(page, name)), cpuUs: await cpuOf(sfu.processId) };
  await pass(durationMs);
  const after = { ...(await readReceived(page, name)), cpuUs: await cpuOf(sfu.processId) };
  await page.evaluate((sfuName) => window.sfus[sfuName]!.setActive(false), name);
  const packets = after.packets - before.packets;
  return {
    usPerPacket: (after.cpuUs - before.cpuUs) / packets,
    packets,
    bytesPerPacket: (after.bytes - before.bytes) / packets,
    lostShare: (after.lost - before.lost) / packets,
  };
}

function readReceived(page: Page, name: string): Promise<{ packets: number; bytes: number; lost: number }> {
  return page.evaluate((sfuName) => window.sfus[sfuName]!.received(), name);
}

function pass(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

function summarise(rounds: Record<"ours" | "bare", Round[]>): Run {
  const all = (name: "ours" | "bare", field: keyof Round): number[] => rounds[name].map((round) => round[field]);
  const cost = { ours: median(all("ours", "usPerPacket")), bare: median(all("bare", "usPerPacket")) };
  const size = { ours: median(all("ours", "bytesPerPacket")), bare: median(all("bare", "bytesPerPacket")) };
  const worstLoss = Math.max(...all("ours", "lostShare"), ...all("bare", "lostShare"));
  const faults: string[] = [];
  if (worstLoss > MAX_LOST_SHARE) faults.push(`a receiver lost ${(worstLoss * 100).toFixed(2)} % of its packets`);
  if (Math.abs(size.ours / size.bare - 1) > 0.1) faults.push("the packets of the two runs differ in size");
  return {
    results: [
      {
        metric: "CPU per forwarded packet",
        unit: "us",
        ours: cost.ours,
        peer: cost.bare,
        ratio: cost.ours / cost.bare,
        limit: LIMIT_RATIO,
        limitOf: "ratio",
      },
      { metric: "packet", unit: "B", ours: size.ours, peer: size.bare },
      {
        metric: "packets per second",
        unit: "1/s",
        ours: median(all("ours", "packets")) / (ROUND_MS / 1_000),
        peer: median(all("bare", "packets")) / (ROUND_MS / 1_000),
      },
    ],
    samples: {
      oursUsPerPacket: all("ours", "usPerPacket"),
      bareUsPerPacket: all("bare", "usPerPacket"),
      oursPackets: all("ours", "packets"),
      barePackets: all("bare", "packets"),
    },
    faults,
  };
}
