import { type Compared, type Comparison, showRatio, showSpread } from "../compareReports.ts";
import { counted } from "../words.ts";
import { type Markup, markup } from "./markup.ts";
import { renderPage } from "./renderReport.ts";

/** `compare.html`: the comparison of two runs, or of several of each, in the look of the report. */
export function renderComparison(comparison: Comparison, names: readonly [a: string, b: string]): string {
  const worse = comparison.rows.filter(({ change }) => change === "worse");
  const better = comparison.rows.filter(({ change }) => change === "better");
  const rest = comparison.rows.filter(({ change }) => change === "same" || change === "unmeasured");
  const headline = worse.length === 0 ? "Nothing got worse." : `${counted(worse.length, "number")} got worse.`;
  const body = markup`<div class="page"><p class="top"><span><b>Conclave swarm</b> comparison</span></p>
<main><header class="hero"><h1>${headline}</h1><p class="lead">${comparison.planSentence} ${counted(better.length, "number")} got better.</p></header>
${renderTable("Worse", worse, names)}${renderTable("Better", better, names)}${renderTable("As before, or not measured in both", rest, names)}</main></div>`;
  return renderPage(`Comparison: ${headline}`, body);
}

function renderTable(title: string, rows: readonly Compared[], [a, b]: readonly [string, string]): Markup | false {
  if (rows.length === 0) return false;
  const lines = rows.map(
    (row) =>
      markup`<tr><th scope="row">${row.name}</th><td class="num">${showSpread(row.a, row.unit)}</td><td class="num">${showSpread(row.b, row.unit)}</td><td class="num ${row.change}">${showRatio(row.ratio)}</td></tr>`,
  );
  return markup`<section><h2>${title}</h2><div class="scroll"><table><thead><tr><th scope="col">Metric</th><th scope="col" class="num">${a}</th><th scope="col" class="num">${b}</th><th scope="col" class="num">Ratio</th></tr></thead><tbody>${lines}</tbody></table></div></section>`;
}
