import type { KeyPair, TrustPolicy } from "@conclave/frame-keys";
import type { ReadonlySignal, Secret } from "@conclave/kit";
import type {
  CallIntent,
  DeviceId,
  IncomingRing,
  MembershipLayer,
  NoTransportReason,
  NotificationKind,
  OutgoingRing,
  OwnForm,
  RoomId,
  SlotDescription,
  UserId,
} from "@conclave/matrix-rtc";

import type { CallError } from "./errors.ts";

/** idle → joining → joined ⇄ reconnecting → left | failed */
export type CallState =
  | { readonly phase: "joining"; readonly step: JoinStep }
  | { readonly phase: "joined" }
  /** `since` is wall-clock ms; `cause` says which side is being waited for. */
  | { readonly phase: "reconnecting"; readonly since: number; readonly cause: "sfu" | "homeserver" }
  /** `because` is there if the call was left by itself, as `JoinOptions` wanted. */
  | { readonly phase: "left"; readonly because?: LeaveReason }
  | { readonly phase: "failed"; readonly error: CallError };

/** Why a call was left without anybody's doing here: nobody came, or everybody else has gone. */
export type LeaveReason = "declined" | "timed_out" | "others_left";

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
  /**
   * In which form the membership is sent: `deployed`, which everybody reads, if neither this nor the lobby says
   * otherwise. `Call.form` says what became of the wish.
   */
  readonly layer?: MembershipLayer;
  /**
   * Which of the devices that member events name get our keys, and whose keys count. Unless given: `cross_signed` if this
   * device is signed by its owner, else `first_use`.
   */
  readonly trustPolicy?: TrustPolicy;
  /**
   * Shared-secret mode, for links with a `password` as Element Call makes them: media are encrypted with a key that
   * everybody derives from it, whatever the room says, and no keys are handed out. Nobody who has had the link can be shut
   * out.
   */
  readonly sharedSecret?: Secret<string>;
  /** What the others are told that the call is for; `video` if one joins with a camera, else `audio`. */
  readonly intent?: CallIntent;
  /** Calls the others in the room, if this device is the first in the call: `Call.ring` says how that goes. */
  readonly notify?: {
    readonly type: NotificationKind;
    /** How long it rings; 90 s unless it is said, at most 120 s. */
    readonly lifetimeMs?: number;
  };
  /** Leaves if the others were called with `ring` and all decline, or none comes in time. */
  readonly waitForPickup?: boolean;
  /** Leaves when the last other user has gone. */
  readonly autoLeave?: boolean;
}

/** A raised hand. */
export interface CallHand {
  /** `CallMember.id`. */
  readonly memberId: string;
  /** By the homeserver's clock. */
  readonly raisedAtMs: number;
}

/** What frames of a member say about trust; derived from frames that were really decrypted. */
export type DecryptionState =
  /** Encryption is off in this room. */
  | "plain"
  /** Sends nothing that could be decrypted (muted, no tracks yet). */
  | "nothing_to_decrypt"
  | "waiting_for_key"
  | "not_trusted"
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
  /**
   * `connecting`: Matrix lists it, the SFU does not yet; `gone`: still listed, but the SFU has not had it for longer than a
   * join takes; `unreachable`: its SFU is not one we can use.
   */
  readonly presence: "connecting" | "connected" | "gone" | "unreachable";
  /** Why it is `unreachable`, where that is for what its membership says and not for the SFU's state. */
  readonly noTransport?: NoTransportReason;
  readonly microphone: CallTrack | undefined;
  readonly camera: CallTrack | undefined;
  readonly screen: CallTrack | undefined;
  readonly screenAudio: CallTrack | undefined;
  readonly isSpeaking: boolean;
  readonly audioLevel: number;
  readonly decryption: DecryptionState;
  readonly joinedAtMs: number;
  /** Which place in the queue of raised hands is this member's, from 1; `undefined` while its hand is down. */
  readonly handOrder: number | undefined;
  /** The emoji that it shows for a moment. */
  readonly reaction: string | undefined;
}

/** A point in which Matrix and an SFU do not say the same about who is in the call. */
export type RosterDifference =
  /** Matrix lists the member, its SFU does not have it yet. `memberId` is that of `CallMember.id`. */
  | { readonly kind: "not_yet_connected"; readonly memberId: string }
  /** As before, but for longer than a join takes: it is gone and the homeserver has not noticed. */
  | { readonly kind: "ghost"; readonly memberId: string }
  /**
   * The SFU lets a participant listen for whom no member answers. It gets no keys from us; `identity` is what the SFU calls
   * it, which proves nothing.
   */
  | { readonly kind: "silent_listener"; readonly identity: string; readonly serviceUrl: string };

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
  /** Messages with an own key that the homeserver has taken. */
  readonly keysSent: number;
}

/** A running call. Ends with `leave()` or by failure; both release everything it holds. */
export interface Call {
  readonly state: ReadonlySignal<CallState>;
  /** Oldest first; the own device included, last. */
  readonly members: ReadonlySignal<readonly CallMember[]>;
  readonly trust: ReadonlySignal<CallTrust>;
  readonly isEncrypted: boolean;
  /** Where Matrix and the SFUs disagree about who is here; empty in a healthy call, but for moments. */
  readonly roster: ReadonlySignal<readonly RosterDifference[]>;
  /**
   * Whether the others are told within seconds if this device vanishes. If not, because the homeserver has no delayed
   * events or refuses ours, they may see it in the call for up to five minutes.
   */
  readonly isLeaveProtected: ReadonlySignal<boolean>;
  /**
   * How far this computer's clock is ahead (+) or behind (-) of the homeserver's, in ms, while that is more than a minute;
   * else, and until it is measured, `undefined`. The call does not mind, but other programs do.
   */
  readonly clockSkewMs: ReadonlySignal<number | undefined>;
  /** In which form our membership is sent; `insteadOf` is there if that is another one than was asked for, and why. */
  readonly form: OwnForm;
  readonly statistics: ReadonlySignal<CallStatistics>;
  /** How the keys between this device and each other member stand, in the order of the members; empty without encryption. */
  readonly keys: ReadonlySignal<readonly KeyPair[]>;
  /** Marks of the join on the monotonic clock in ms, for the benchmark: `click`, `granted`, `signalled`, `announced`, `first_key`, `first_frame`. */
  readonly timings: ReadonlyMap<string, number>;
  /** First raised, first. */
  readonly hands: ReadonlySignal<readonly CallHand[]>;
  /** By `CallMember.id`: emojis that are shown now, each for three seconds. */
  readonly reactions: ReadonlySignal<ReadonlyMap<string, string>>;
  /** How the call to the others goes; `undefined` if none was asked for. */
  readonly ring: ReadonlySignal<OutgoingRing | undefined>;
  /**
   * Raises the own hand, and keeps it up until it is lowered or the call is left. Resolves when the homeserver has it.
   *
   * @throws {CallError} `event_refused`, `rate_limited`, `homeserver_unreachable`, `logged_out`; the hand stays down then
   */
  raiseHand(): Promise<void>;
  /** @throws {CallError} as `raiseHand`; the hand stays up then */
  lowerHand(): Promise<void>;
  /**
   * Shows the first character of `emoji` to everybody for three seconds; does nothing while the last one is being shown.
   *
   * @throws {CallError} as `raiseHand`
   */
  react(emoji: string): Promise<void>;
  /**
   * Tells the others anew what the call is for. Never done by itself: it sends the membership again, which gives every
   * other client work.
   *
   * @throws {CallError} `membership_failed`, `homeserver_unreachable`, `logged_out`
   */
  setIntent(intent: CallIntent): Promise<void>;
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

/** Somebody calls this user to the call of the room that one looks at. */
export interface LobbyRing extends IncomingRing {
  readonly callerName: string;
}
