import { highest } from "../quantiles.ts";
import type { Point } from "../resources.ts";
import { formatDuration } from "../words.ts";
import { type Markup, markup } from "./markup.ts";
import { percent, thin, ticks } from "./scale.ts";

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  /** What the legend says behind the name. */
  readonly note: string;
}

export interface LineChart {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly startMs: number;
  readonly endMs: number;
  readonly show: (value: number) => string;
}

const HEIGHT = 190;
const FOOT = 20;
const TOP = 8;
const GUTTER = 52;
const MAX_POINTS = 500;
const STYLES = 6;

/** Lines over the time of a run; they differ in colour and dash. */
export function renderLineChart({ title, lines, startMs, endMs, show }: LineChart): Markup {
  const drawn = lines.filter(({ points }) => points.length > 1);
  const top = highest(drawn.flatMap(({ points }) => points.map(({ value }) => value)));
  if (drawn.length === 0 || top <= 0) {
    return markup`<section><h2>${title}</h2><p class="empty">Not measured in this run.</p></section>`;
  }
  const max = top * 1.06;
  const paths = drawn.map(({ points }, index) =>
    renderPath(points, { startMs, endMs, max, look: (index % STYLES) + 1 }),
  );
  return markup`<section><h2>${title}</h2>
<ul class="legend">${drawn.map(({ name, note }, index) => markup`<li><svg width="22" height="8" aria-hidden="true"><path class="series s${(index % STYLES) + 1}" d="M0 4h22"/></svg>${name} <b>${note}</b></li>`)}</ul>
<div class="falls"><svg width="${GUTTER}" height="${HEIGHT + FOOT}" aria-hidden="true">${ticks(max, 4).map((value) => markup`<text class="end" x="${GUTTER - 8}" y="${yOf(value, max) + 4}">${show(value)}</text>`)}</svg>
<svg width="100%" height="${HEIGHT + FOOT}" role="img" aria-label="${title}: ${drawn.map(({ name, note }) => `${name} ${note}`).join(", ")}">${renderGrid(max, endMs - startMs)}<svg width="100%" height="${HEIGHT}" viewBox="0 0 1000 ${HEIGHT}" preserveAspectRatio="none">${paths}</svg></svg></div></section>`;
}

interface Frame {
  readonly startMs: number;
  readonly endMs: number;
  readonly max: number;
  readonly look: number;
}

function renderPath(points: readonly Point[], { startMs, endMs, max, look }: Frame): Markup {
  const spanMs = Math.max(1, endMs - startMs);
  const steps = thin(points, MAX_POINTS).map(
    ({ atMs, value }) => `${(((atMs - startMs) / spanMs) * 1000).toFixed(1)} ${yOf(value, max).toFixed(1)}`,
  );
  return markup`<path class="series s${look}" d="M${steps.join("L")}"/>`;
}

function yOf(value: number, max: number): number {
  return HEIGHT - (value / max) * (HEIGHT - TOP);
}

function renderGrid(max: number, spanMs: number): Markup {
  const rules = ticks(max, 4).map(
    (value) => markup`<line class="rule" x1="0" x2="100%" y1="${yOf(value, max)}" y2="${yOf(value, max)}"/>`,
  );
  const times = ticks(spanMs * 0.97, 5).map(
    (value) =>
      markup`<text ${value > 0 && markup`class="mid"`} x="${percent(value, spanMs)}" y="${HEIGHT + 15}">${formatDuration(value)}</text>`,
  );
  return markup`${rules}${times}`;
}
