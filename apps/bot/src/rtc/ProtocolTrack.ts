import { randomUUID } from "node:crypto";

import type { MediaKind } from "@conclave/frame-crypto";

import type { FrameSource } from "./FrameSource.ts";

/** What stands for a `MediaStreamTrack` in Node. A local one has a source; a remote one only says that it is there. */
export class ProtocolTrack {
  readonly id: string = randomUUID();
  readonly kind: MediaKind;
  readonly source: FrameSource | undefined;
  enabled = true;
  #readyState: "live" | "ended" = "live";

  constructor(kind: MediaKind, source?: FrameSource) {
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
