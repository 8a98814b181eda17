import type { Happening, ReadonlySignal, Scope } from "@conclave/kit";
import type { EndReason } from "@conclave/livekit-wire";

/** What the authorisation service granted: where to connect, and the proof. Read from the token, never computed. */
export interface SfuGrant {
  readonly url: string;
  /** A bearer secret. Never logged, never put in an error. */
  readonly jwt: string;
  readonly identity: string;
  readonly room: string;
  readonly expiresAtMs: number;
}

export type TrackSource = "microphone" | "camera" | "screen_share" | "screen_share_audio";

/** A remote track as the SFU announces it. */
export interface SfuPublication {
  readonly sid: string;
  readonly source: TrackSource;
  readonly isMuted: boolean;
  /** Undefined until subscribed and flowing. Its receiver has already been handed to the `TrackGuard`. */
  readonly track: MediaStreamTrack | undefined;
  /** Sent pixels, where known. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** A participant as the SFU says. */
export interface SfuParticipant {
  readonly identity: string;
  readonly publications: readonly SfuPublication[];
  readonly isSpeaking: boolean;
  /** 0 to 1. */
  readonly audioLevel: number;
  readonly quality: "unknown" | "lost" | "poor" | "good" | "excellent";
}

export type SfuConnectionState = "connecting" | "connected" | "reconnecting" | "ended";

/** Stands between tracks and the network; `mediaEncryption` implements it. Called before a frame can flow. */
export interface TrackGuard {
  readonly isEncrypted: boolean;
  protectSender(sender: RTCRtpSender, track: { readonly source: TrackSource; readonly codec: string }): void;
  protectReceiver(
    receiver: RTCRtpReceiver,
    track: { readonly identity: string; readonly source: TrackSource; readonly codec: string },
  ): void;
}

export interface SfuConnectOptions {
  readonly guard: TrackGuard;
}

/** Connects to SFUs. The browser's adapter is `livekitClientSfu`; `FakeSfu` in `./testing` passes the same suite. */
export interface SfuClient {
  /**
   * Connects and resolves when signalling stands. Ends with the scope. Repairs itself as long as that can help; when it
   * cannot, the connection is `ended`, and whoever holds it connects again with a new grant.
   *
   * @throws {CallError} `sfu_unreachable` (retryable), `sfu_full` (retryable), `grant_refused`
   */
  connect(grant: SfuGrant, options: SfuConnectOptions, scope: Scope): Promise<SfuConnection>;
}

export interface PublishOptions {
  readonly source: TrackSource;
  readonly isMuted?: boolean;
}

/** One SFU in use. */
export interface SfuConnection {
  readonly state: ReadonlySignal<SfuConnectionState>;
  readonly participants: ReadonlySignal<readonly SfuParticipant[]>;
  readonly ownIdentity: string;
  readonly ownIsSpeaking: ReadonlySignal<boolean>;
  readonly ended: Happening<{ readonly reason: EndReason }>;
  publish(track: MediaStreamTrack, options: PublishOptions): Promise<SfuLocalTrack>;
  /** Tells how large a remote video is shown in device pixels, so that the SFU sends a fitting layer. 0x0: not shown. */
  setVideoSize(sid: string, size: { readonly width: number; readonly height: number }): void;
}

/** A track of ours that is published. */
export interface SfuLocalTrack {
  setMuted(isMuted: boolean): Promise<void>;
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  unpublish(): Promise<void>;
}
