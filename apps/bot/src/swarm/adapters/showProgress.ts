import type { Clock } from "@conclave/kit";

import { progressLine, type ProgressView } from "../progress.ts";

/** Where progress lines go. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Without a terminal that can rewrite its line, a line is written this often, and whenever something new begins. */
const LINE_INTERVAL_MS = 10_000;

/** Shows where a run is: in place on a terminal, else as lines from time to time. */
export function showProgress(output: ProgressOutput, clock: Clock): (view: ProgressView) => void {
  let shownStage = "";
  let shownAtMs = -Infinity;
  return (view) => {
    const isNew = view.stage !== shownStage;
    const line = progressLine(view);
    if (output.isTTY) {
      const end = isNew && shownStage !== "" ? "\n" : "\r";
      output.write(`${end}\u001B[2K${line.slice(0, (output.columns ?? 200) - 1)}`);
    } else if (isNew || clock.monotonicMs() - shownAtMs >= LINE_INTERVAL_MS) {
      output.write(`${line}\n`);
      shownAtMs = clock.monotonicMs();
    }
    shownStage = view.stage;
  };
}
