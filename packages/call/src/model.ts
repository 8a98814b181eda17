import type { ReadonlySignal } from "@conclave/kit";
import type { DeviceId, RoomId, SlotDescription, UserId } from "@conclave/matrix-rtc";

import type { CallError } from "./errors.ts";

/** idle → joining → joined ⇄ reconnecting → left | failed */
export type CallState =
  | { readonly phase: "joining"; readonly step: JoinStep }
  | { readonly phase: "joined" }
  /** `since` is wall-clock ms; `cause` says which side is being waited for. */
  | { readonly phase: "reconnecting"; readonly since: number; readonly cause: "sfu" | "homeserver" }
  | { readonly phase: "left" }
  | { readonly phase: "failed"; readonly error: CallError };

/** Every wait has a name. */
export type JoinStep = "discovering" | "authorizing" | "connecting" | "announcing" | "keying";

export interface JoinOptions {
  readonly roomId: RoomId;
  readonly slot?: SlotDescription;
  /** Published after the join; never before its transform has a key. */
  readonly microphone?: MediaStreamTrack;
  readonly camera?: MediaStreamTrack;
  /** Service URL to use when the homeserver names no SFU (`livekit_service_url` of the configuration). */
  readonly fallbackServiceUrl?: string;
  /** Nothing will be published at first: without a lobby, no Olm sessions are opened ahead of time. */
  readonly isListener?: boolean;
}

/** What frames of a member say about trust; derived from frames that were really decrypted. */
export type DecryptionState =
  /** Encryption is off in this room. */
  | "plain"
  /** Sends nothing that could be decrypted (muted, no tracks yet). */
  | "nothing_to_decrypt"
  | "waiting_for_key"
  | "decrypting"
  | "failing";

export interface CallTrack {
  readonly sid: string;
  readonly track: MediaStreamTrack | undefined;
  readonly isMuted: boolean;
}

/** A person's device in the call, as Matrix and the SFU together say: what a tile shows. */
export interface CallMember {
  /** Stable for the life of the membership. */
  readonly id: string;
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly displayName: string;
  readonly isSelf: boolean;
  /** `connecting`: Matrix lists it, the SFU does not yet; `unreachable`: its SFU is not one we can use. */
  readonly presence: "connecting" | "connected" | "unreachable";
  readonly microphone: CallTrack | undefined;
  readonly camera: CallTrack | undefined;
  readonly screen: CallTrack | undefined;
  readonly screenAudio: CallTrack | undefined;
  readonly isSpeaking: boolean;
  readonly audioLevel: number;
  readonly decryption: DecryptionState;
  readonly joinedAtMs: number;
}

/** The honest lock (T22): `locked` only if each rendered remote track had an authenticated frame within 2 s. */
export interface CallTrust {
  readonly state: "locked" | "partial" | "open" | "alone";
  readonly verifiedMembers: number;
  readonly mediaMembers: number;
}

/** Counters for diagnostics and tests; no identifiers of rooms, no key material. */
export interface CallStatistics {
  readonly framesDecrypted: number;
  readonly framesUndecryptable: number;
  readonly framesReplayed: number;
  readonly framesPassedPlain: number;
  readonly framesEncrypted: number;
  readonly framesDroppedNoKey: number;
  readonly keysInstalled: number;
  /** By reason. */
  readonly keysRejected: Readonly<Record<string, number>>;
  readonly ownKeyIndex: number | undefined;
  /** Own sender keys made so far; 0 for who only listens. */
  readonly keysCreated: number;
}

/** A running call. Ends with `leave()` or by failure; both release everything it holds. */
export interface Call {
  readonly state: ReadonlySignal<CallState>;
  /** Oldest first; the own device included, last. */
  readonly members: ReadonlySignal<readonly CallMember[]>;
  readonly trust: ReadonlySignal<CallTrust>;
  readonly isEncrypted: boolean;
  readonly statistics: ReadonlySignal<CallStatistics>;
  /** Marks of the join on the monotonic clock in ms, for the benchmark: `click`, `granted`, `signalled`, `announced`, `first_key`, `first_frame`. */
  readonly timings: ReadonlyMap<string, number>;
  setMicrophone(track: MediaStreamTrack | undefined): Promise<void>;
  setMicrophoneMuted(isMuted: boolean): Promise<void>;
  setCamera(track: MediaStreamTrack | undefined): Promise<void>;
  setScreen(video: MediaStreamTrack | undefined, audio?: MediaStreamTrack): Promise<void>;
  setVideoSize(sid: string, size: { readonly width: number; readonly height: number }): void;
  /** Leaves: resolves when the leave is on its way and everything local is released. Idempotent, never rejects. */
  leave(): Promise<void>;
}

/** Who is in the call before one joins: the lobby's view. */
export interface LobbyView {
  readonly roomName: string;
  readonly isEncrypted: boolean;
  readonly members: readonly { readonly id: string; readonly displayName: string }[];
}
