import { type JoinFacts, listJoins } from "../joins.ts";
import { highest, quantile } from "../quantiles.ts";
import { counted, formatCount, formatDuration } from "../words.ts";
import { type Markup, markup } from "./markup.ts";
import { percent, thin, ticks } from "./scale.ts";
import type { View } from "./view.ts";

const MAX_ROWS = 300;
const HEAD_HEIGHT = 22;
const GUTTER = 40;
/** The slowest joins may leave the plot: the scale ends at this share of them, and half as much again. */
const SCALE_SHARE = 0.98;
const SCALE_ROOM = 1.5;

const PHASES: readonly (readonly [mark: string, words: string])[] = [
  ["granted", "asked until granted"],
  ["signalled", "until signalled"],
  ["announced", "until announced"],
  ["first_key", "until the first key"],
  ["first_frame", "until the first frame"],
];

/** Each join from left to right, in the order in which they were asked for. */
export function renderWaterfall({ swarm }: View): Markup {
  const joins = listJoins(swarm);
  const ended = joins.map(endOf);
  const max = highest(ended);
  const scaleMs = Math.min(max, (quantile(ended, SCALE_SHARE) ?? 0) * SCALE_ROOM);
  if (joins.length === 0 || scaleMs <= 0) {
    return markup`<section><h2>How people got in</h2><p class="empty">Nobody joined.</p></section>`;
  }
  const rows = thin(joins, MAX_ROWS);
  const rowHeight = rows.length <= 60 ? 12 : rows.length <= 120 ? 8 : 5;
  const height = HEAD_HEIGHT + rows.length * rowHeight;
  const bars = rows.map((join, index) =>
    renderJoin(join, { scaleMs, y: HEAD_HEIGHT + index * rowHeight, height: rowHeight }),
  );
  return markup`<section><h2>How people got in</h2>
<p class="note">${describe(joins)}${rows.length < joins.length && ` Of ${formatCount(joins.length)} joins, ${formatCount(rows.length)} are drawn, evenly spread.`}</p>
<ul class="legend">${PHASES.map(([, words], index) => markup`<li><svg width="14" height="10" aria-hidden="true"><rect class="p${index + 1}" width="14" height="10" rx="2"/></svg>${words}${renderMedian(joins, index)}</li>`)}</ul>
<div class="falls"><svg width="${GUTTER}" height="${height}" aria-hidden="true"><text y="11">Bot</text>${renderLabels(rows, rowHeight)}</svg>
<svg width="100%" height="${height}" role="img" aria-label="${describe(joins)}">${renderAxis(scaleMs, height)}${bars}</svg></div></section>`;
}

function endOf({ stay }: JoinFacts): number {
  const last = Math.max(stay.joinedAtMs ?? 0, ...Object.values(stay.marks));
  return Math.max(0, last - stay.askedAtMs);
}

function describe(joins: readonly JoinFacts[]): string {
  const joinMs = joins.flatMap((join) => join.joinMs ?? []);
  const failed = joins.filter(({ isFailed }) => isFailed).length;
  const [half, most] = [quantile(joinMs, 0.5), quantile(joinMs, 0.95)];
  const times =
    half === undefined || most === undefined
      ? ""
      : `: half were in within ${formatDuration(half)}, 95 % within ${formatDuration(most)}`;
  return `${counted(joins.length, "join")}${times}. ${failed === 0 ? "None" : formatCount(failed)} failed.`;
}

function renderMedian(joins: readonly JoinFacts[], index: number): Markup | false {
  const name = PHASES[index]?.[0] ?? "";
  const before = PHASES[index - 1]?.[0];
  const waits = joins.flatMap(({ stay }) => {
    const atMs = stay.marks[name];
    const fromMs = before === undefined ? stay.askedAtMs : stay.marks[before];
    return atMs === undefined || fromMs === undefined ? [] : [Math.max(0, atMs - fromMs)];
  });
  const half = quantile(waits, 0.5);
  return half !== undefined && markup` <b>${formatDuration(half)}</b>`;
}

function renderLabels(rows: readonly JoinFacts[], rowHeight: number): Markup[] {
  const step = rowHeight >= 12 ? 1 : Math.ceil(14 / rowHeight) * 2;
  return rows.flatMap(({ bot }, index) =>
    index % step === 0
      ? [
          markup`<text class="end small" x="${GUTTER - 8}" y="${HEAD_HEIGHT + index * rowHeight + Math.min(rowHeight, 9)}">${bot}</text>`,
        ]
      : [],
  );
}

function renderAxis(scaleMs: number, height: number): Markup[] {
  return ticks(scaleMs * 0.97, 5).map(
    (value) =>
      markup`<line class="rule" x1="${percent(value, scaleMs)}" x2="${percent(value, scaleMs)}" y1="16" y2="${height}"/><text ${value > 0 && markup`class="mid"`} x="${percent(value, scaleMs)}" y="11">${formatDuration(value)}</text>`,
  );
}

interface Line {
  readonly scaleMs: number;
  readonly y: number;
  readonly height: number;
}

/** Phases may end in another order than the usual one: each is drawn from whatever ended before it. */
function renderJoin({ bot, stay, isFailed }: JoinFacts, { scaleMs, y, height }: Line): Markup {
  const marks = PHASES.flatMap(([name, words], index) => {
    const atMs = stay.marks[name];
    return atMs === undefined ? [] : [{ index, words, ms: Math.max(0, atMs - stay.askedAtMs) }];
  }).toSorted((a, b) => a.ms - b.ms || a.index - b.index);
  let fromMs = 0;
  const parts = marks.map(({ index, ms }) => {
    const part = markup`<rect class="p${index + 1}" x="${percent(fromMs, scaleMs)}" width="${percent(Math.min(ms, scaleMs) - Math.min(fromMs, scaleMs), scaleMs)}" y="${y}" height="${height - (height > 6 ? 2 : 1)}"/>`;
    fromMs = ms;
    return part;
  });
  const told = marks.map(({ words, ms }) => `${words} ${formatDuration(ms)}`).join(", ");
  const failed =
    isFailed &&
    markup`<rect class="fail" x="${percent(fromMs, scaleMs)}" width="6" y="${y}" height="${height - (height > 6 ? 2 : 1)}"/>`;
  return markup`<g><title>Bot ${bot}: ${told || "nothing happened"}${isFailed && `; the join failed${stay.failure ? ` (${stay.failure.code})` : ""}`}</title>${parts}${failed}</g>`;
}
