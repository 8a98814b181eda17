import { randomUUID } from "node:crypto";

import type { MediaKind } from "@conclave/frame-crypto";

/** What stands for a `MediaStreamTrack` in Node. A local one has a source; a remote one only says that it is there. */
export abstract class BotTrack<Source> {
  readonly id: string = randomUUID();
  readonly kind: MediaKind;
  readonly source: Source | undefined;
  /** While it is not, nothing of it is sent. */
  enabled = true;
  #readyState: "live" | "ended" = "live";

  constructor(kind: MediaKind, source?: Source) {
    this.kind = kind;
    this.source = source;
  }

  get readyState(): "live" | "ended" {
    return this.#readyState;
  }

  stop(): void {
    this.#readyState = "ended";
  }
}
