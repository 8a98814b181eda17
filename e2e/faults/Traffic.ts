import { matches, type Fault, type RequestPattern, type SeenRequest } from "./rules.ts";

/** A request that came by. Instants in ms since 1970. */
export interface Passage {
  readonly request: SeenRequest;
  readonly arrivedAtMs: number;
  readonly fault: Fault["type"] | undefined;
  /** When the client had its answer, or lost it. */
  endedAtMs?: number;
  /** What the client was told; `undefined` while it waits, and where it was told nothing. */
  status?: number;
}

const MAX_PASSAGES = 20_000;

/** Everything that came by, oldest first; bounded. */
export class Traffic {
  readonly #passages: Passage[] = [];

  begin(request: SeenRequest, fault: Fault["type"] | undefined): Passage {
    const passage: Passage = { request, arrivedAtMs: Date.now(), fault };
    this.#passages.push(passage);
    if (this.#passages.length > MAX_PASSAGES) this.#passages.shift();
    return passage;
  }

  of(pattern: RequestPattern): readonly Passage[] {
    return this.#passages.filter(({ request }) => matches(pattern, request));
  }
}

/** The most of these requests that were under way at the same time. */
export function mostAtOnce(passages: readonly Passage[]): number {
  const underWayAt = (atMs: number): number =>
    passages.filter(({ arrivedAtMs, endedAtMs = Infinity }) => arrivedAtMs <= atMs && atMs < endedAtMs).length;
  return Math.max(0, ...passages.map(({ arrivedAtMs }) => underWayAt(arrivedAtMs)));
}

/** Passages by their target: restarts of one delayed event, repetitions of one transaction. */
export function byTarget(passages: readonly Passage[]): readonly (readonly Passage[])[] {
  const groups = new Map<string, Passage[]>();
  for (const passage of passages)
    groups.set(passage.request.target, [...(groups.get(passage.request.target) ?? []), passage]);
  return [...groups.values()];
}

/** The longest time from one of these requests to the next. */
export function longestGapMs(passages: readonly Passage[]): number {
  const gaps = passages.slice(1).map(({ arrivedAtMs }, before) => arrivedAtMs - passages[before]!.arrivedAtMs);
  return Math.max(0, ...gaps);
}

/** How long after the end of the first passage with a fault the next request came. */
export function pauseAfterFaultMs(passages: readonly Passage[]): number | undefined {
  const at = passages.findIndex(({ fault }) => fault !== undefined);
  const [failed, next] = [passages[at], passages[at + 1]];
  return next && failed?.endedAtMs !== undefined ? next.arrivedAtMs - failed.endedAtMs : undefined;
}
