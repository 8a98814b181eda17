import { describe, expect, it } from "vitest";

import { judge, parseExpectation, showValue } from "./expectations.ts";
import type { Expectation } from "./expectations.ts";
import { metricOf, METRICS } from "./metrics.ts";
import type { MetricValue } from "./metrics.ts";

function sound(text: string): Expectation {
  const parsed = parseExpectation(text);
  if (!parsed.isSound) throw new Error(parsed.fault);
  return parsed.expectation;
}

describe("parseExpectation", () => {
  it.each([
    ["first-frame.p95<2s", { metric: "first-frame", stat: "p95", operator: "<", bound: 2000, unit: "ms" }],
    ["leave-to-last.p95 <= 1.5 s", { metric: "leave-to-last", stat: "p95", operator: "<=", bound: 1500 }],
    ["join.max<500ms", { bound: 500 }],
    ["join.count>=10", { stat: "count", operator: ">=", bound: 10, unit: "count" }],
    ["undecryptable=0", { metric: "undecryptable", stat: "value", operator: "=", bound: 0, unit: "count" }],
    ["pairs=100%", { metric: "pairs", bound: 1, unit: "share" }],
    ["pairs>99.9%", { operator: ">", bound: 0.999 }],
    ["missing<0.1%", { metric: "missing", bound: 0.001 }],
    ["missing=0", { bound: 0 }],
    ["memory.max<2GB", { bound: 2e9, unit: "bytes" }],
    ["memory.max<1GiB", { bound: 2 ** 30 }],
    ["sfu-cpu.p95<80%", { bound: 0.8 }],
    ["void=0", { metric: "void" }],
  ])("reads %s", (text, expected) => {
    expect(sound(text)).toMatchObject(expected);
  });

  it.each([
    ["", 'must be like first-frame.p95<2s or undecryptable=0, not "".'],
    ["pairs", 'not "pairs"'],
    ["pairs==100%", 'must compare pairs with a value such as 99.5%, not with "=100%".'],
    ["pairs!=3", "must be like"],
    ["pears=100%", 'names no metric "pears"; known are pairs, first-frame, join'],
    ["constructor=0", "names no metric"],
    ["first-frame<2s", "must say which number of first-frame is meant: first-frame.p50, first-frame.p95"],
    ["first-frame.p99<2s", "must say which number of first-frame is meant"],
    ["undecryptable.p95=0", "must name undecryptable without .p95, because it is one number."],
    ["first-frame.p95<2", 'must compare first-frame with a value such as 2s, not with "2".'],
    ["first-frame.p95<2GB", "a value such as 2s"],
    ["first-frame.p95<-2s", "a value such as 2s"],
    ["undecryptable=0%x", "a value such as 0"],
    ["undecryptable<3s", "a value such as 0"],
    ["pairs=1", "a value such as 99.5%"],
    ["memory.max<2", "a value such as 2GB"],
    ["memory.max<2constructor", "a value such as 2GB"],
    ["join.count<3s", "a value such as 0"],
  ])("refuses %j with a sentence", (text, sentence) => {
    const parsed = parseExpectation(text);

    expect(parsed).toEqual({ isSound: false, fault: expect.stringContaining(sentence) });
  });
});

describe("judge", () => {
  const metrics: Record<string, MetricValue> = {
    "first-frame": { p50: 400, p95: 2000, max: 2500, count: 98, unit: "ms" },
    pairs: { value: 1, unit: "share" },
    undecryptable: { value: 3, unit: "count" },
    missing: { value: 0.0005, unit: "share" },
    delay: { p95: Number.NaN, unit: "ms" },
  };

  it.each([
    ["first-frame.p95<2s", false, "first-frame.p95 is 2 s; expected is < 2 s."],
    ["first-frame.p95<=2s", true, "first-frame.p95 is 2 s; expected is <= 2 s."],
    ["first-frame.p50>400ms", false, "first-frame.p50 is 400 ms; expected is > 400 ms."],
    ["first-frame.p50>=400ms", true, "first-frame.p50 is 400 ms; expected is >= 400 ms."],
    ["first-frame.count=98", true, "first-frame.count is 98; expected is = 98."],
    ["pairs=100%", true, "pairs is 100 %; expected is = 100 %."],
    ["undecryptable=0", false, "undecryptable is 3; expected is = 0."],
    ["missing<0.1%", true, "missing is 0.05 %; expected is < 0.1 %."],
    ["join.p95<3s", false, "join.p95 was not measured; expected is < 3 s."],
    ["delay.p95<1s", false, "delay.p95 was not measured; expected is < 1 s."],
    ["delay.max<1s", false, "delay.max was not measured; expected is < 1 s."],
  ])("judges %s", (text, isHeld, shown) => {
    expect(judge(sound(text), metrics)).toEqual({ isHeld, shown });
  });

  it("does not take almost all for all", () => {
    const almost = judge(sound("pairs=100%"), { pairs: { value: 9_999_999 / 10_000_000, unit: "share" } });

    expect(almost).toEqual({ isHeld: false, shown: "pairs is 99.999… %; expected is = 100 %." });
  });
});

describe("METRICS", () => {
  it("have one id each that an expectation can name", () => {
    expect(new Set(METRICS.map((metric) => metric.id)).size).toBe(METRICS.length);
    for (const metric of METRICS) {
      expect(parseExpectation(`${metric.id}${metric.isDistribution ? ".p95" : ""}>=0`).isSound).toBe(true);
    }
  });

  it("say that more is better only of decrypted pairs", () => {
    expect(METRICS.filter((metric) => metric.better === "higher").map((metric) => metric.id)).toEqual(["pairs"]);
    expect(metricOf("toString")).toBeUndefined();
  });

  it("are shown with their units", () => {
    expect([showValue(1234.5678, "ms"), showValue(12, "us"), showValue(2.5e9, "bytes")]).toEqual([
      "1.235 s",
      "12 µs",
      "2500 MB",
    ]);
  });
});
