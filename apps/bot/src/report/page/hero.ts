import type { MetricValue } from "../../scenario/metrics.ts";
import { hasHeld } from "../hasHeld.ts";
import { isCutShort } from "../isCutShort.ts";
import { counted, formatCount, formatValue } from "../words.ts";
import { crossIcon, tickIcon, voidIcon } from "./icons.ts";
import { type Markup, markup } from "./markup.ts";
import type { View } from "./view.ts";

const NO_BREAK = "\u00a0";

type Outcome = "held" | "broken" | "void";

/** The verdict in one glance: what it is, in how many words it can be said, and the numbers that people ask for first. */
export function renderHero(view: View): Markup {
  const outcome = outcomeOf(view);
  return markup`<header class="hero"><p class="stamp ${outcome}">${stampOf(view, outcome)}</p>
<h1>${headline(view, outcome)}</h1>
<p class="lead">${lead(view)}</p></header>
${renderFigures(view)}`;
}

/** The page's title: the verdict too. */
export function titleOf(view: View): string {
  return `${view.report.scenario.name}: ${headline(view, outcomeOf(view))}`;
}

function outcomeOf({ report, decrypted, judgement }: View): Outcome {
  if (report.isVoid || judgement.pairs.length === 0) return "void";
  const isWhole = decrypted.length === judgement.pairs.length;
  return isWhole && !isExposed(report) && hasHeld(report) ? "held" : "broken";
}

/** Somebody could read what it should not. */
function isExposed({ findings }: View["report"]): boolean {
  return findings.some(({ code }) => code === "rotation_missing" || code === "past_readable");
}

function stampOf({ report }: View, outcome: Outcome): Markup {
  const broken = report.expectations.filter(({ holds }) => !holds).length;
  if (outcome === "void") return markup`${voidIcon("Void")} Proves nothing`;
  if (report.expectations.length === 0) {
    return outcome === "held" ? markup`${tickIcon("Held")} Passed` : markup`${crossIcon("Broken")} Failed`;
  }
  if (broken > 0) {
    return markup`${crossIcon("Broken")} ${broken} of ${counted(report.expectations.length, "expectation")} did not hold`;
  }
  const all = `All ${counted(report.expectations.length, "expectation")} held`;
  return outcome === "held" ? markup`${tickIcon("Held")} ${all}` : markup`${crossIcon("Broken")} ${all}, but see below`;
}

function headline({ report, decrypted, judgement }: View, outcome: Outcome): string {
  const total = judgement.pairs.length;
  if (report.isVoid) return "The swarm was too slow to prove anything.";
  if (outcome === "void") return "Nobody was heard, so nothing is proved.";
  if (decrypted.length === total) {
    if (isExposed(report)) return "Somebody could listen who was not in the call.";
    if (isCutShort(report)) return "Everything was decrypted until the run was cut short.";
    return outcome === "held" ? "Everything was decrypted." : "Everything was decrypted, but not as expected.";
  }
  if (decrypted.length === 0) return "Nothing was decrypted.";
  return `${formatCount(total - decrypted.length)} of ${counted(total, "stream")} ${total - decrypted.length === 1 ? "was" : "were"} not decrypted.`;
}

function lead({ report, decrypted, judgement, people, joined }: View): Markup {
  const line = markup`<b>${formatCount(joined)} of ${people === 1 ? "1 person" : `${formatCount(people)} people`}</b> got in; <b>${formatCount(decrypted.length)} of ${counted(judgement.pairs.length, "expected stream")}</b> ${judgement.pairs.length === 1 ? "was" : "were"} decrypted in time, every frame that came as it was sent.`;
  return report.voidReason === undefined ? line : markup`${report.voidReason} ${line}`;
}

interface Figure {
  readonly label: string;
  readonly metric: string;
  readonly stat: "value" | "p50" | "p95" | "max";
  readonly beside?: "p50" | "max";
}

const FIGURES: readonly Figure[] = [
  { label: "Streams decrypted", metric: "pairs", stat: "value" },
  { label: "Undecryptable frames", metric: "undecryptable", stat: "value" },
  { label: "First frame", metric: "first-frame", stat: "p95", beside: "p50" },
  { label: "Delay", metric: "delay", stat: "p95", beside: "p50" },
  { label: "Leave to last frame", metric: "leave-to-last", stat: "p95", beside: "max" },
  { label: "Processor of the SFU", metric: "sfu-cpu", stat: "p95", beside: "p50" },
];

function renderFigures({ report }: View): Markup {
  const figures = FIGURES.map(({ label, metric, stat, beside }) => {
    const measured = report.metrics[metric];
    return markup`<div><dt>${label}</dt><dd>${show(measured, stat)}<small>${explain(metric, measured, beside)}</small></dd></div>`;
  });
  return markup`<dl class="figures">${figures}</dl>`;
}

function show(metric: MetricValue | undefined, stat: Figure["stat"]): string {
  const value = metric?.[stat];
  return value === undefined || metric === undefined ? "–" : formatValue(value, metric.unit).replace(" ", NO_BREAK);
}

function explain(id: string, metric: MetricValue | undefined, beside: Figure["beside"]): string {
  if (metric === undefined || metric.count === 0) return "not measured";
  if (beside !== undefined) {
    const other = show(metric, beside);
    return beside === "p50" ? `95 % within; half ${other}` : `95 % within; all ${other}`;
  }
  if (id === "pairs") return `of ${formatCount(metric.count ?? 0)} expected`;
  return "where all should be readable";
}
