import { newCall } from "./newCall.ts";
import { startBenchStack } from "./startBenchStack.ts";
import { openPage } from "./openPage.ts";
import { TrafficCounter } from "./countTraffic.ts";
import type { Run } from "./result.ts";

const LIMIT_BYTES = 240_000;

/** P10: what an empty cache has to fetch before Join can be pressed, as it came over the wire. */
export async function weight(): Promise<Run> {
  const stack = await startBenchStack();
  const browser = await openPage();
  try {
    const traffic = await TrafficCounter.attach(browser.page);
    await browser.page.goto(await newCall(stack.url));
    await browser.page.getByTestId("lobby-join").and(browser.page.locator(":enabled")).waitFor();
    const files = traffic.all.filter((entry) => entry.kind === "http" && !entry.url.endsWith(".wasm"));
    const total = files.reduce((sum, entry) => sum + entry.encodedBytes, 0);
    const wasm = traffic.all.filter((entry) => entry.url.endsWith(".wasm"));
    return {
      results: [
        {
          metric: "before Join",
          unit: "B",
          ours: total,
          limit: LIMIT_BYTES,
          limitOf: "ours",
          ...againstElementCall(total),
        },
        { metric: "files and requests", unit: "count", ours: files.length },
        { metric: "WASM waited for", unit: "count", ours: wasm.filter((entry) => entry.encodedBytes > 0).length },
      ],
      samples: Object.fromEntries(files.map((entry) => [new URL(entry.url).pathname, [entry.encodedBytes]])),
      faults: files.length === 0 ? ["nothing was fetched"] : [],
    };
  } finally {
    await browser.close();
    await stack.close();
  }
}

/** The embedded build of Element Call 0.26.1 loads this much JS and CSS (gzip) before it starts: quality.md, fact 7. */
const ELEMENT_CALL_BYTES = 973_000;

function againstElementCall(ours: number): { peer: number; ratio: number } {
  return { peer: ELEMENT_CALL_BYTES, ratio: ours / ELEMENT_CALL_BYTES };
}
