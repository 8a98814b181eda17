import { CodedError } from "@conclave/kit";

/** `bad_scenario`: the scenario cannot be run; `bad_option`: the command line cannot be understood. */
export type ScenarioErrorCode = "bad_scenario" | "bad_option";

/** One thing that is wrong, and where. */
export interface Fault {
  /** `people.protocol`, `phases[2].for`; empty for the scenario as a whole. */
  readonly path: string;
  /** From 1; only of a scenario that was read from YAML. */
  readonly line?: number;
  /** The command line's option that gave the value, if one did. */
  readonly flag?: string;
  /** One sentence that names the place. */
  readonly sentence: string;
}

/** A scenario or an option is wrong. The message is one sentence for each fault, one a line. */
export class ScenarioError extends CodedError<ScenarioErrorCode> {
  readonly faults: readonly Fault[];

  constructor(code: ScenarioErrorCode, faults: readonly Fault[], cause?: unknown) {
    super(code, faults.map((fault) => fault.sentence).join("\n"), { cause });
    this.faults = faults;
  }
}
