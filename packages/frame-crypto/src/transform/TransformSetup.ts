import type { FrameCodec, MediaKind } from "../outcome.ts";

/** What a transform needs to know; travels with `RTCRtpScriptTransform` or in an `attach` message. */
export interface TransformSetup {
  readonly transformId: string;
  readonly direction: "send" | "receive";
  readonly ownerId: string;
  readonly kind: MediaKind;
  readonly codec?: FrameCodec;
  /** True only if everybody in the call has said that they decrypt AV1; without it, a sender's AV1 is dropped. */
  readonly allowsAv1?: boolean;
  /** Payload types as negotiated when the transform was attached; frames may say more precisely what they are. */
  readonly payloadTypes: readonly (readonly [payloadType: number, codec: string])[];
}
