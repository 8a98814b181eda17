import type { Scope } from "@conclave/kit";

import { type Colour, isLike, Screen } from "./picture.ts";
import { Ear } from "./tone.ts";

/** What somebody sees and hears of the other one. */
export class Remote {
  readonly #scope: Scope;
  #screen: Screen | undefined;
  #ear: Ear | undefined;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  show(track: MediaStreamTrack): void {
    if (track.kind === "audio") this.#ear = new Ear(this.#scope, track);
    else this.#screen = new Screen(this.#scope, track);
  }

  get framesShown(): number {
    return this.#screen?.framesShown ?? 0;
  }

  shows(colour: Colour): boolean {
    return isLike(this.#screen?.colour(), colour);
  }

  sounds(frequencyHz: number): boolean {
    return Math.abs((this.#ear?.loudestHz() ?? 0) - frequencyHz) < 30;
  }
}
