import type { DecryptOutcome, MediaKind } from "@conclave/frame-crypto";

/** A frame that arrived, and what became of it. */
export interface WitnessedFrame {
  /** SFU identity of the participant whose track it came on. */
  readonly identity: string;
  readonly kind: MediaKind;
  readonly outcome: DecryptOutcome;
  /** With `decrypted` and `passthrough` the plain frame; otherwise as it arrived. Not to be kept or modified. */
  readonly frame: Uint8Array;
}

/** Sees each frame that a bot receives: the reason why a swarm can say that every frame was decrypted. */
export interface FrameWitness {
  frameReceived(frame: WitnessedFrame): void;
}
