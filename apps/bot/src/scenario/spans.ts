/** A stretch of time; `toMs` is no longer part of it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Spans of each bot, by instant, none touching the next. */
export type SpansOf = Map<number, Span[]>;

/** The parts of `spans` that are within one of `stays`; both by instant. */
export function cut(spans: readonly Span[], stays: readonly Span[]): Span[] {
  const parts: Span[] = [];
  let first = 0;
  for (const stay of stays) {
    while (first < spans.length && (spans[first] as Span).toMs <= stay.fromMs) first += 1;
    for (let at = first; at < spans.length && (spans[at] as Span).fromMs < stay.toMs; at += 1) {
      const span = spans[at] as Span;
      parts.push({ fromMs: Math.max(span.fromMs, stay.fromMs), toMs: Math.min(span.toMs, stay.toMs) });
    }
  }
  return parts;
}

/** The same time in as few spans as can be; a span ends where a stay does, even if another begins there. */
export function join(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const last = joined.at(-1);
    if (!last || last.toMs < span.fromMs) joined.push(span);
    else if (last.toMs < span.toMs) joined[joined.length - 1] = { fromMs: last.fromMs, toMs: span.toMs };
  }
  return joined;
}

interface Edge {
  readonly atMs: number;
  readonly bot: number;
  readonly set: "present" | "sending";
  readonly isStart: boolean;
}

/** Adds spans, so that somebody sends whenever somebody is present: whoever sent last, or has been there longest. */
export function addWhereSilent(sending: SpansOf, present: SpansOf): void {
  const now = { present: new Set<number>(), sending: new Set<number>() };
  let lastToSend: number | undefined;
  const edges = edgesOf(present, "present")
    .concat(edgesOf(sending, "sending"))
    .sort((one, other) => one.atMs - other.atMs || one.bot - other.bot);
  const added: SpansOf = new Map();
  for (const [index, edge] of edges.entries()) {
    if (edge.isStart) now[edge.set].add(edge.bot);
    else now[edge.set].delete(edge.bot);
    if (edge.set === "sending") lastToSend = edge.bot;
    const toMs = edges[index + 1]?.atMs ?? edge.atMs;
    if (toMs === edge.atMs || now.sending.size > 0 || now.present.size === 0) continue;
    const isThere = lastToSend !== undefined && now.present.has(lastToSend);
    const bot = isThere ? (lastToSend as number) : ([...now.present][0] as number);
    lastToSend = bot;
    added.set(bot, [...(added.get(bot) ?? []), { fromMs: edge.atMs, toMs }]);
  }
  for (const [bot, spans] of added) sending.set(bot, join([...(sending.get(bot) ?? []), ...spans]));
}

function edgesOf(spans: SpansOf, set: Edge["set"]): Edge[] {
  return [...spans].flatMap(([bot, list]) =>
    list.flatMap(({ fromMs, toMs }) => [
      { atMs: fromMs, bot, set, isStart: true },
      { atMs: toMs, bot, set, isStart: false },
    ]),
  );
}
