import type { Stage } from "./Stage.ts";

/** One thing that clients may rely on, whichever server they talk to. */
export interface Behaviour {
  /** A sentence: what the server does. */
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
  /**
   * Why our server does otherwise, on purpose. Then the behaviour must fail on ours, so that an entry which is no longer
   * true shows itself. Listed in docs/sfu-compatibility.md.
   */
  readonly differs?: string;
}

/** Behaviours of one subject. */
export interface Chapter {
  readonly subject: string;
  readonly behaviours: readonly Behaviour[];
}
