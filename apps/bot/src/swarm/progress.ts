import type { SwarmReport } from "../report/index.ts";

export type ProgressStage = "preparing" | "waiting" | "running" | "leaving" | "judging";

/** What a run shows of itself while it goes on. */
export interface ProgressView {
  readonly stage: ProgressStage;
  readonly elapsedMs: number;
  readonly durationMs: number;
  readonly people: number;
  /** Have an account and are in the room. */
  readonly prepared: number;
  /** Are in the call, or on their way in. */
  readonly present: number;
  readonly findings: number;
  /** What the newest look at all bots found; `undefined` before the first. */
  readonly metrics: SwarmReport["metrics"] | undefined;
  /** Longest time since the last look that a bot process was not free, ms. */
  readonly lagMs: number;
}

/** One line for a terminal. */
export function progressLine(view: ProgressView): string {
  const { people, present, prepared, stage } = view;
  switch (stage) {
    case "preparing":
      return `preparing  ${prepared} of ${people} have an account and are in the room`;
    case "waiting":
      return `waiting    for the time given; ${prepared} of ${people} are ready`;
    case "leaving":
      return `leaving    ${present} of ${people} still to go`;
    case "judging":
      return "judging    who decrypted whom";
    case "running":
      return `running    ${clockOf(view)}  ${present} of ${people} in  ${describe(view)}`;
  }
  return stage satisfies never;
}

function clockOf({ durationMs, elapsedMs }: ProgressView): string {
  return `${minutes(elapsedMs)} of ${minutes(durationMs)}`;
}

function describe({ findings, lagMs, metrics }: ProgressView): string {
  if (!metrics) return "";
  const pairs = metrics["pairs"];
  const decrypted = pairs?.count ? `${Math.round((pairs.value ?? 0) * pairs.count)} of ${pairs.count}` : "0 of 0";
  const parts = [
    `decrypted ${decrypted} pairs`,
    `join p95 ${milliseconds(metrics["join"]?.p95)}`,
    `first frame p95 ${milliseconds(metrics["first-frame"]?.p95)}`,
    `SFU ${percent(metrics["sfu-cpu"]?.max)}`,
    `bots ${percent(metrics["bots-cpu"]?.max)}`,
    `lag ${milliseconds(lagMs)}`,
  ];
  return [...parts, ...(findings > 0 ? [`findings ${findings}`] : [])].join("  ");
}

function minutes(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "–" : `${Math.round(value)} ms`;
}

function percent(share: number | undefined): string {
  return share === undefined ? "–" : `${Math.round(share * 100)} %`;
}
