import type { MediaKind, TransformReport } from "@conclave/frame-crypto";
import type { Happening } from "@conclave/kit";

/** What became of frames of one track, as far as the library lets it be seen. */
export type EndState = TransformReport["state"];

export interface EndNews {
  readonly state: EndState;
  /** Frames that passed since the end was made: sent, or received and decoded. */
  readonly passed: number;
}

/** One direction of one track: what stands for `RTCRtpSender` and `RTCRtpReceiver` in this tier. The library ciphers. */
export interface NativeEnd {
  readonly kind: MediaKind;
  readonly direction: "send" | "receive";
  readonly news: Happening<EndNews>;
  /** Gives the library a key of the end's owner. The bytes stay the caller's. */
  setKey(index: number, key: Uint8Array<ArrayBuffer>): void;
  /** Senders: the index in use from now on. */
  useKey(index: number): void;
  /** Senders: nothing more is captured until the next `useKey`. */
  suspend(): void;
}
