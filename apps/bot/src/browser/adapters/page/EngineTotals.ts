import type { TransformReport } from "@conclave/frame-crypto";

import type { EngineTotal } from "./totals.ts";

interface Owner {
  readonly kind: EngineTotal["kind"];
  readonly direction: EngineTotal["direction"];
  transformId: string;
  /** Of transforms that are gone. */
  before: Record<string, number>;
  current: Readonly<Record<string, number>>;
  total: number;
  firstAtMs: number | undefined;
  lastAtMs: number | undefined;
}

/**
 * Adds up what the frame-crypto worker reports, track by track.
 *
 * Runs in the page, where its source is all there is: it refers to nothing outside itself. Bounded: tracks beyond the
 * limit are not counted.
 */
export class EngineTotals {
  readonly #owners = new Map<string, Owner>();
  readonly #maxOwners = 1_024;

  /** Listens to the workers that the page will start. */
  static watchWorkers(note: (report: TransformReport) => void): void {
    const hear = ({ data }: MessageEvent): void => {
      const message = data as { readonly type?: unknown; readonly report?: TransformReport } | null;
      if (message?.type === "report" && message.report) note(message.report);
    };
    window.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.addEventListener("message", hear);
      }
    };
  }

  note(report: TransformReport, atMs: number): void {
    const owner = this.#ownerOf(report);
    if (!owner) return;
    if (owner.transformId !== report.transformId) {
      owner.before = this.#add(owner.before, owner.current);
      owner.transformId = report.transformId;
      owner.total = 0;
    }
    owner.current = { ...report.counts };
    const total = Object.values(owner.current).reduce((sum, count) => sum + count, 0);
    if (total > owner.total) {
      owner.firstAtMs ??= atMs;
      owner.lastAtMs = atMs;
    }
    owner.total = total;
  }

  read(): readonly EngineTotal[] {
    return Array.from(this.#owners, ([key, owner]) => ({
      ownerId: key.slice(key.indexOf(" ") + 1),
      kind: owner.kind,
      direction: owner.direction,
      counts: this.#add(owner.before, owner.current),
      firstAtMs: owner.firstAtMs,
      lastAtMs: owner.lastAtMs,
    }));
  }

  /** Frames of ours that went out. */
  sent(kind: EngineTotal["kind"]): number {
    return this.read()
      .filter((owner) => owner.direction === "send" && owner.kind === kind)
      .reduce((sum, { counts }) => sum + (counts["encrypted"] ?? 0), 0);
  }

  #ownerOf({ direction, kind, ownerId, transformId }: TransformReport): Owner | undefined {
    const key = `${direction}/${kind} ${ownerId}`;
    const known = this.#owners.get(key);
    if (known || this.#owners.size >= this.#maxOwners) return known;
    const owner: Owner = {
      kind,
      direction,
      transformId,
      before: {},
      current: {},
      total: 0,
      firstAtMs: undefined,
      lastAtMs: undefined,
    };
    this.#owners.set(key, owner);
    return owner;
  }

  #add(first: Readonly<Record<string, number>>, second: Readonly<Record<string, number>>): Record<string, number> {
    const sum = { ...first };
    for (const [outcome, count] of Object.entries(second)) sum[outcome] = (sum[outcome] ?? 0) + count;
    return sum;
  }
}
