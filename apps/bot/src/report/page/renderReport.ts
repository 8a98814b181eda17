import { createHash } from "node:crypto";

import type { BotSample } from "../../model.ts";
import type { SwarmReport } from "../swarmReport.ts";
import { renderHero, titleOf } from "./hero.ts";
import { inlineJson, Markup, markup } from "./markup.ts";
import { renderMatrix } from "./matrix.ts";
import { renderSamples } from "./samples.ts";
import { renderRotation } from "./rotationChart.ts";
import {
  renderExpectations,
  renderFacts,
  renderFaults,
  renderFindings,
  renderMetrics,
  renderResources,
} from "./sections.ts";
import { SCRIPT, STYLE } from "./style.ts";
import { toView } from "./view.ts";
import { renderWaterfall } from "./waterfall.ts";

/** Above this the data in the page is cut down; `report.json` beside it has all. */
const MAX_INLINE_BYTES = 4_000_000;

/** `report.html`: one file that opens offline, asks for nothing, and runs only the script that it was written with. */
export function renderReport(report: SwarmReport, samples: readonly BotSample[] = []): string {
  const view = toView(report);
  const body = markup`<div class="page">
<p class="top"><span><b>Conclave swarm</b> ${report.scenario.name}</span><span>${new Date(report.startedAtMs).toISOString().replace("T", " ").slice(0, 16)} UTC, seed ${report.seed}</span></p>
<main>${renderHero(view)}
${renderExpectations(view)}${renderFaults(view)}${renderMatrix(view)}${renderSamples(samples)}${renderWaterfall(view)}${renderRotation(view)}${renderResources(view)}${renderFindings(view)}${renderMetrics(view)}${renderFacts(view)}</main>
<footer>${isWhole(report) ? "All data is in this file, in the element with the id report." : "The data of single streams is too large for this file: it is in report.json beside it."}</footer></div>
<script type="application/json" id="report">${inlineJson(isWhole(report) ? report : withoutStreams(report))}</script>`;
  return renderPage(titleOf(view), body);
}

/** A page with the look of the report and a policy that lets in nothing but pictures that it carries itself. */
export function renderPage(title: string, body: Markup): string {
  const policy = `default-src 'none'; img-src data:; style-src '${hashOf(STYLE)}'; script-src '${hashOf(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><title>${title}</title><style>${new Markup(STYLE)}</style></head>
<body>${body}<script>${new Markup(SCRIPT)}</script></body></html>
`.text;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function isWhole(report: SwarmReport): boolean {
  return JSON.stringify(report).length <= MAX_INLINE_BYTES;
}

function withoutStreams(report: SwarmReport): Omit<SwarmReport, "bots" | "resources"> {
  const { bots: _, resources: __, ...rest } = report;
  return rest;
}
