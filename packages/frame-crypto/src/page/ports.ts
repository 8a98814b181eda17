import type { Happening } from "@conclave/kit";

import type { FrameCodec, MediaKind, TransformReport } from "../outcome.ts";

/** What a transform is told about the track it serves. */
export interface TransformOptions {
  /** The member whose key applies: ours for senders. */
  readonly ownerId: string;
  readonly kind: MediaKind;
  /** As negotiated, if already known; the worker follows payload types otherwise. */
  readonly codec?: FrameCodec;
}

/**
 * The page's handle on one frame-crypto worker. All of a call's transforms live in it.
 *
 * Policy is fixed at creation: with `required`, senders drop until they have a key and receivers decrypt or drop,
 * whatever the SFU says. `off` is for rooms without encryption and lets frames pass, counted as `passthrough`.
 */
export interface FrameCryptoHost {
  readonly policy: "required" | "off";
  readonly reported: Happening<TransformReport>;
  /** Must be called before the track can send its first frame. */
  protectSender(sender: RTCRtpSender, options: TransformOptions): void;
  /** Must be called before the receiver's first frame is decoded (in the `track` event). */
  protectReceiver(receiver: RTCRtpReceiver, options: TransformOptions): void;
  setKey(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>): void;
  /** The key index that our senders use from the next frame on. The key must have been set before. */
  useSenderKey(ownerId: string, index: number): void;
  /** Our senders drop until the next `useSenderKey`. */
  suspendSender(ownerId: string): void;
  forget(ownerId: string): void;
  /** Ends the worker; transforms stop passing frames. */
  close(): void;
}
