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
/** The codec names of WebRTC in lower case. AV1 only between clients that have all said they can. */
export type FrameCodec = "opus" | "vp8" | "vp9" | "h264" | "av1";

/**
 * What somebody on the way does with the frames of a track; nothing of it reaches the decoder. `unencrypted`: frames that
 * are none of ours, such as plain ones and fillers; `altered`: frames that fail their authentication; `repeated`: frames
 * that come again, too late, or on the wrong track; `unknown_key`: frames that name a key nobody gave us, after good ones.
 */
export type FrameAlarm = "unencrypted" | "altered" | "repeated" | "unknown_key";

/** A report about one transform, at most twice a second and at once when `state` or `alarm` changes. */
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
  /** Absent while nobody meddles with the track. Independent of `state`: good frames may come all the while. */
  readonly alarm?: FrameAlarm;
}
