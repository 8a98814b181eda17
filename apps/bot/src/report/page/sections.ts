import { METRICS, type MetricValue } from "../../scenario/metrics.ts";
import { highest, quantile, sum } from "../quantiles.ts";
import { coreShares, type ResourceSeries, toSeries } from "../resources.ts";
import type { SwarmReport } from "../swarmReport.ts";
import { counted, formatCount, formatBytes, formatDuration, formatShare, formatValue } from "../words.ts";
import { crossIcon, tickIcon, voidIcon } from "./icons.ts";
import { renderLineChart } from "./lineChart.ts";
import { type Markup, markup } from "./markup.ts";
import type { View } from "./view.ts";

const MAX_FAULTS = 40;
const MAX_FINDINGS = 300;
const MAX_LINES = 6;

export function renderExpectations({ report }: View): Markup {
  const checks = report.expectations.map(
    ({ text, holds, sentence }) =>
      markup`<li>${holds ? tickIcon("Held") : crossIcon("Did not hold")}<div><code>${text}</code><p>${sentence}</p></div></li>`,
  );
  const list =
    checks.length > 0
      ? markup`<ul class="checks">${checks}</ul>`
      : markup`<p class="empty">The scenario expected nothing.</p>`;
  return markup`<section><h2>What was expected</h2>${list}</section>`;
}

const SIDES: Readonly<Record<string, string>> = {
  sender: "sender's side",
  sfu: "SFU's side",
  homeserver: "homeserver's side",
  receiver: "receiver's side",
  unclear: "side unclear",
};

/** Of these, those that are no fault of anybody, or a small one. */
const FLAWS: ReadonlySet<string> = new Set(["interrupted", "byte_limit_reached", "key_late"]);

/** Findings that are faults too, though no expected stream lacks anything. */
const FAULT_TAGS: Readonly<Record<string, string>> = {
  interrupted: "cut short",
  byte_limit_reached: "cut short",
  rotation_missing: "read on after leaving",
  past_readable: "read what was before",
  key_late: "key came late",
};

export function renderFaults({ report }: View): Markup | false {
  const exposing = report.findings.flatMap(({ code, sentence }) => {
    const tag = FAULT_TAGS[code];
    return tag === undefined ? [] : [{ sentence, tag, isFlaw: FLAWS.has(code) }];
  });
  const faulty = report.faults.map(({ cause, side, streams, sentence }) => ({
    sentence,
    tag: `${counted(streams, "stream")}, ${SIDES[side] ?? side}`,
    isFlaw: cause === "gaps" || cause === "late",
  }));
  const all = [...exposing, ...faulty].toSorted((a, b) => Number(a.isFlaw) - Number(b.isFlaw));
  if (all.length === 0) return false;
  const items = all
    .slice(0, MAX_FAULTS)
    .map(
      ({ sentence, tag, isFlaw }) =>
        markup`<li>${isFlaw ? voidIcon("Flaw") : crossIcon("Fault")}<p>${sentence}</p><span class="tag">${tag}</span></li>`,
    );
  return markup`<section><h2>What went wrong</h2><p class="note">The worst first. ${items.length < all.length && `The first ${items.length} of ${formatCount(all.length)}.`}</p><ol class="faults">${items}</ol></section>`;
}

export function renderFindings({ report }: View): Markup | false {
  const findings = report.findings.filter(({ code }) => FAULT_TAGS[code] === undefined);
  if (findings.length === 0) return false;
  const shown = findings.slice(0, MAX_FINDINGS);
  const items = shown.map(
    ({ atMs, bot, sentence }) =>
      markup`<li><time>${formatDuration(Math.max(0, atMs - report.startedAtMs))}</time><p>${bot !== undefined && !sentence.toLowerCase().startsWith("bot ") && `Bot ${bot}: `}${sentence}</p></li>`,
  );
  return markup`<section><h2>What was noticed</h2><p class="note">${counted(findings.length, "finding")}, by time since the start. ${shown.length < findings.length && `The first ${shown.length} are shown.`}</p><ol class="stories">${items}</ol></section>`;
}

export function renderResources({ report }: View): Markup {
  const series = largest(toSeries(report.resources));
  const time = { startMs: report.startedAtMs, endMs: report.endedAtMs };
  const cpu = renderLineChart({
    ...time,
    title: "Processor, in shares of one core",
    lines: series.map((one) => {
      const points = coreShares(one);
      return {
        name: nameSeries(one),
        points,
        note: formatShare(
          quantile(
            points.map(({ value }) => value),
            0.5,
          ) ?? 0,
        ),
      };
    }),
    show: formatShare,
  });
  const memory = renderLineChart({
    ...time,
    title: "Resident memory",
    lines: series.map((one) => {
      const points = one.samples.map(({ atMs, rssBytes }) => ({ atMs, value: rssBytes }));
      return { name: nameSeries(one), points, note: formatBytes(highest(points.map(({ value }) => value))) };
    }),
    show: formatBytes,
  });
  return markup`<div class="pair">${cpu}${memory}</div>`;
}

/** Of a run over many machines, those that needed most: more lines cannot be told apart. */
function largest(series: readonly ResourceSeries[]): readonly ResourceSeries[] {
  if (series.length <= MAX_LINES) return series;
  return series.toSorted((a, b) => costOf(b) - costOf(a)).slice(0, MAX_LINES);
}

function costOf({ samples }: ResourceSeries): number {
  return samples.at(-1)?.cpuMs ?? 0;
}

function nameSeries({ part, shard }: ResourceSeries): string {
  const name = part === "sfu" ? "SFU" : part;
  return shard === undefined ? name : `${name}, shard ${shard}`;
}

export function renderMetrics({ report }: View): Markup {
  const rows = METRICS.flatMap(({ id, meaning }) => {
    const metric = report.metrics[id];
    return metric === undefined ? [] : [renderMetric(id, meaning, metric)];
  });
  return markup`<section><h2>All numbers</h2><div class="scroll"><table><thead><tr><th scope="col">Metric</th><th scope="col" class="num">Half within</th><th scope="col" class="num">95 % within</th><th scope="col" class="num">Highest, or value</th><th scope="col" class="num">Measured</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function renderMetric(id: string, meaning: string, metric: MetricValue): Markup {
  const cell = (value: number | undefined): Markup =>
    markup`<td class="num">${value === undefined ? "–" : formatValue(value, metric.unit)}</td>`;
  return markup`<tr><th scope="row">${id}<small>${meaning}</small></th>${cell(metric.p50)}${cell(metric.p95)}${cell(metric.value ?? metric.max)}<td class="num">${metric.count === undefined ? "" : formatCount(metric.count)}</td></tr>`;
}

export function renderFacts({ report }: View): Markup {
  const tiers = ["protocol", "native", "browser"].flatMap((tier) => {
    const count = report.bots.filter((bot) => bot.tier === tier).length;
    return count === 0 ? [] : [`${formatCount(count)} ${tier}`];
  });
  const media = report.bots.flatMap(({ mediaBytes }) => mediaBytes ?? []);
  const [sent, received] = [sum(media.map((each) => each.sent)), sum(media.map((each) => each.received))];
  const machines = report.shards.map(
    ({ index, count, machine, clockOffsetMs }) =>
      markup`<dt>${count === 1 ? "Machine" : `Shard ${index} of ${count}`}</dt><dd>${machine.cpu}, ${counted(machine.cores, "core")}, ${formatBytes(machine.memoryBytes)}; ${machine.platform}, Node ${machine.node}${clockOffsetMs !== 0 && `; clock off by ${formatDuration(clockOffsetMs)}`}</dd>`,
  );
  return markup`<section><h2>What ran where</h2><dl class="facts"><dt>Scenario</dt><dd>${report.scenario.name}</dd><dt>Seed</dt><dd>${report.seed}</dd><dt>Target</dt><dd>${report.target}</dd><dt>Bots</dt><dd>${tiers.join(", ") || "none"}</dd>${media.length > 0 && markup`<dt>Media</dt><dd>${formatBytes(sent)} sent, ${formatBytes(received)} received</dd>`}<dt>Time</dt><dd>${new Date(report.startedAtMs).toISOString().replace("T", " ").slice(0, 19)} UTC, for ${formatDuration(report.endedAtMs - report.startedAtMs)}</dd>${machines}</dl>
${renderCounters(report)}<details><summary>The scenario with all its defaults</summary><pre>${JSON.stringify(report.scenario, undefined, 2)}</pre></details></section>`;
}

function renderCounters({ counters }: SwarmReport): Markup | false {
  const rows = (["homeserver", "sfu"] as const).flatMap((part) =>
    Object.entries(counters[part] ?? {}).map(
      ([name, value]) =>
        markup`<tr><th scope="row">${part === "sfu" ? "SFU" : part}</th><td>${name}</td><td class="num">${formatCount(value)}</td></tr>`,
    ),
  );
  return (
    rows.length > 0 &&
    markup`<details><summary>What the servers counted</summary><div class="scroll"><table><tbody>${rows}</tbody></table></div></details>`
  );
}
