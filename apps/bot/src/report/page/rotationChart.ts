import { quantile } from "../quantiles.ts";
import { leavesToLast, ROTATION_LIMIT_MS } from "../rotation.ts";
import { counted, formatDuration } from "../words.ts";
import { type Markup, markup } from "./markup.ts";
import { percent, ticks } from "./scale.ts";
import type { View } from "./view.ts";

const BINS = 30;
/** In limits. What took longer is in the last bar. */
const LONGEST_SCALE = 2.5;
const HEIGHT = 180;
const FOOT = 20;
const TOP = 16;

/** How long those who had left could still read, as a histogram with the limit. */
export function renderRotation({ swarm }: View): Markup {
  const durations = leavesToLast(swarm).map(({ durationMs }) => durationMs);
  const [half, most, max] = [quantile(durations, 0.5), quantile(durations, 0.95), quantile(durations, 1)];
  if (half === undefined || most === undefined || max === undefined) {
    return markup`<section><h2>From leaving to the last readable frame</h2><p class="empty">No bot went on listening after it had left, so this run says nothing about the change of keys. Scenarios with silent leavers do.</p></section>`;
  }
  const scaleMs = Math.min(ROTATION_LIMIT_MS * LONGEST_SCALE, Math.max(ROTATION_LIMIT_MS * 1.2, max * 1.05));
  const text = `${counted(durations.length, "pair")} of a leaver and a sender: half were unreadable within ${formatDuration(half)}, 95 % within ${formatDuration(most)}, all within ${formatDuration(max)}.`;
  return markup`<section><h2>From leaving to the last readable frame</h2><p class="note">${text}</p>
<svg class="plot" width="100%" height="${HEIGHT + FOOT}" role="img" aria-label="${text}">${renderBars(durations, scaleMs)}${renderAxis(scaleMs, max > scaleMs)}</svg></section>`;
}

function renderBars(durations: readonly number[], scaleMs: number): Markup[] {
  const counts = Array.from({ length: BINS }, () => 0);
  for (const durationMs of durations) {
    const bin = Math.min(BINS - 1, Math.floor((durationMs / scaleMs) * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const highest = Math.max(...counts);
  return counts.flatMap((count, bin) => {
    if (count === 0) return [];
    const height = Math.max(3, (count / highest) * (HEIGHT - TOP));
    const fromMs = (bin / BINS) * scaleMs;
    const toMs = ((bin + 1) / BINS) * scaleMs;
    return [
      markup`<rect class="bar${toMs > ROTATION_LIMIT_MS + scaleMs / BINS && " over"}" x="${percent(bin + 0.06, BINS)}" width="${percent(0.88, BINS)}" y="${HEIGHT - height}" height="${height}" rx="2"><title>${formatDuration(fromMs)} ${bin === BINS - 1 ? "or more" : `to ${formatDuration(toMs)}`}: ${count}</title></rect>`,
    ];
  });
}

function renderAxis(scaleMs: number, isCut: boolean): Markup {
  const limit = percent(ROTATION_LIMIT_MS, scaleMs);
  const isLeft = ROTATION_LIMIT_MS / scaleMs < 0.5;
  const labels = ticks(scaleMs * 0.97, 6).map(
    (value) =>
      markup`<text ${value > 0 && markup`class="mid"`} x="${percent(value, scaleMs)}" y="${HEIGHT + 15}">${formatDuration(value)}</text>`,
  );
  return markup`<line class="base" x1="0" x2="100%" y1="${HEIGHT}" y2="${HEIGHT}"/>${labels}${isCut && markup`<text class="end" x="100%" y="${HEIGHT + 15}">or more</text>`}<line class="limit" x1="${limit}" x2="${limit}" y1="0" y2="${HEIGHT}"/><text class="over-text ${isLeft ? "" : "end"}" dx="${isLeft ? 6 : -6}" x="${limit}" y="10">limit ${formatDuration(ROTATION_LIMIT_MS)}</text>`;
}
