/** What became of a frame on its way out. Only `encrypted` and `empty` leave the client. */
export type EncryptOutcome = "encrypted" | "empty" | "dropped_no_key" | "dropped_unsupported" | "dropped_fault";

/** What became of a frame on its way in. Only `decrypted` and `empty` reach the decoder. */
export type DecryptOutcome =
  | "decrypted"
  | "empty"
  | "missing_key"
  | "auth_failed"
  | "replayed"
  | "malformed"
  /** Only ever in a room without encryption. */
  | "passthrough";

/** Frames counted since the transform was attached. */
export type EncryptCounts = Readonly<Record<EncryptOutcome, number>>;
export type DecryptCounts = Readonly<Record<DecryptOutcome, number>>;

export type MediaKind = "audio" | "video";
/** The codec names of WebRTC in lower case. AV1 is not encrypted, so it is not negotiated. */
export type FrameCodec = "opus" | "vp8" | "vp9" | "h264";

/** A report about one transform, at most twice a second and at once when `state` changes. */
export interface TransformReport {
  readonly transformId: string;
  readonly ownerId: string;
  readonly kind: MediaKind;
  readonly direction: "send" | "receive";
  readonly counts: EncryptCounts | DecryptCounts;
  /**
   * `ok`: an authenticated (or encrypted) frame within the last 2 s; `waiting`: none yet; `no_key`, `auth_failed`: the
   * last frames failed so; `idle`: nothing for 2 s; `plain`: encryption is off in this room.
   */
  readonly state: "waiting" | "ok" | "no_key" | "auth_failed" | "idle" | "plain";
}
