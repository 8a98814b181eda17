import type { Page } from "playwright-core";

import { TrafficCounter, type Traffic } from "../countTraffic.ts";
import { newCall } from "../newCall.ts";
import { openPage } from "../openPage.ts";
import { median, percentile, type Result, type Run } from "../result.ts";
import { startBenchStack } from "../startBenchStack.ts";
import { measureFloor } from "./floor.ts";
import { watchForFirstFrame } from "./watchForFirstFrame.ts";

const ROUNDS = 11;
const LIMIT_RATIO = 3;
/** What Element Call 0.26.1 did in the same place: homeserver.md, section 4. */
const ELEMENT_CALL = { http: 33, preflight: 12, websocket: 2, token: 5 } as const;
const LIMITS = { http: 6, preflight: 0, websocket: 1, token: 1 } as const;

interface Sample {
  readonly firstFrameMs: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<keyof typeof LIMITS, number>>;
}

/** P8: click on Join, page warm and lobby open, to the first decrypted remote frame on screen. */
export async function join(): Promise<Run> {
  const stack = await startBenchStack();
  const link = `${await newCall(stack.url)}?debug=1`;
  const host = await openPage();
  const guest = await openPage();
  try {
    await guest.page.addInitScript(watchForFirstFrame);
    await enter(host.page, link);
    await host.page.getByTestId("call-leave").waitFor();
    const samples: Sample[] = [];
    const floors: number[] = [];
    await takeSample(guest.page, link);
    for (let round = 0; round < ROUNDS; round++) {
      samples.push(await takeSample(guest.page, link));
      floors.push(await measureFloor(guest.page));
    }
    return summarise(samples, floors);
  } finally {
    await Promise.all([host.close(), guest.close()]);
    await stack.close();
  }
}

async function enter(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByTestId("lobby-name").fill("Host");
  await page.getByTestId("lobby-join").click();
}

async function takeSample(page: Page, link: string): Promise<Sample> {
  const traffic = await TrafficCounter.attach(page);
  await page.goto(link);
  await page.getByTestId("lobby-join").and(page.locator(":enabled")).waitFor();
  await page.getByTestId("lobby-name").fill("Guest");
  await lobbyAtRest(page, traffic);
  const beforeClick = traffic.all.length;
  await page.getByTestId("lobby-join").click();
  const firstFrameMs = await page.evaluate(() => window.firstRemoteFrame);
  const afterClick = traffic.all.slice(beforeClick);
  const phases = await page.evaluate(
    () => (window as unknown as { conclave: { timings: Record<string, number> } }).conclave.timings,
  );
  await page.getByTestId("call-leave").click();
  await page.getByTestId("call-leave").waitFor({ state: "detached" });
  await traffic.detach();
  return { firstFrameMs, phases, counts: countsOf(traffic.all, afterClick) };
}

/** As when a person has looked at the lobby for a moment: keys are up, a grant is there, nothing is under way but the sync. */
async function lobbyAtRest(page: Page, traffic: TrafficCounter): Promise<void> {
  const quietMs = 1_500;
  let [seen, since] = [-1, performance.now()];
  while (performance.now() - since < quietMs) {
    await page.waitForTimeout(100);
    const calm = traffic.all.filter((entry) => !entry.url.includes("/sync")).length;
    if (calm !== seen) [seen, since] = [calm, performance.now()];
  }
}

function countsOf(all: readonly Traffic[], afterClick: readonly Traffic[]): Sample["counts"] {
  const count = (kind: Traffic["kind"]): number => afterClick.filter((entry) => entry.kind === kind).length;
  return {
    http: count("http"),
    preflight: count("preflight"),
    websocket: count("websocket"),
    // Asked for while the lobby is open, so the whole visit counts.
    token: all.filter((entry) => /\/(get_token|sfu\/get)$/.test(new URL(entry.url).pathname)).length,
  };
}

function summarise(samples: readonly Sample[], floors: readonly number[]): Run {
  const times = samples.map((sample) => sample.firstFrameMs);
  const ours = median(times);
  const floor = median(floors);
  const counts = Object.keys(LIMITS).map((name): Result => {
    const key = name as keyof typeof LIMITS;
    const most = Math.max(...samples.map((sample) => sample.counts[key]));
    return {
      metric: `${name} requests`,
      unit: "count",
      ours: most,
      peer: ELEMENT_CALL[key],
      limit: LIMITS[key],
      limitOf: "ours",
    };
  });
  const phaseNames = [...new Set(samples.flatMap((sample) => Object.keys(sample.phases)))];
  const phases = phaseNames.map((name): Result => {
    const marks = samples.map((sample) => (sample.phases[name] ?? Number.NaN) - (sample.phases["click"] ?? Number.NaN));
    return { metric: `click to ${name}`, unit: "ms", ours: median(marks) };
  });
  return {
    results: [
      {
        metric: "click to first frame, p50",
        unit: "ms",
        ours,
        floor,
        ratio: ours / floor,
        limit: LIMIT_RATIO,
        limitOf: "ratio",
      },
      { metric: "click to first frame, p95", unit: "ms", ours: percentile(times, 0.95) },
      ...counts,
      ...phases,
    ],
    samples: { firstFrameMs: times, floorMs: floors },
    faults: times.some((time) => !Number.isFinite(time)) ? ["a join showed no frame"] : [],
  };
}
