import type { MediaKind } from "@conclave/frame-crypto";

/** How much of a real client a bot is. Dearer tiers witness what cheaper ones claim. */
export type BotTier =
  /** Node: real signalling, DTLS, SRTP, Olm and frame keys; media is encoded ahead of time. */
  | "protocol"
  /** LiveKit's native library with its own codecs and its own frame encryption. */
  | "native"
  /** Headless Chromium with our web app. */
  | "browser";

/** What a bot does wrong on purpose. */
export type Manners =
  | "polite"
  /** Ends its membership, stays on the SFU, and goes on trying to decrypt with every key it ever got. */
  | "silent_leaver"
  /** Reads its sync only in bursts, so that keys and members reach it late. */
  | "late_reader"
  /** Never sends its key. */
  | "key_withholder"
  /** Sends frames that nobody can decrypt. */
  | "junk_sender"
  /** Leaves and joins again, over and over. */
  | "flapper"
  /** Has slow requests to the homeserver and loses packets. */
  | "slow_network";

/** A fault that is put into one bot, so that the report can be seen to find it. */
export type Sabotage =
  /** Goes on encrypting with its first key after somebody left. */
  | "rotation_off"
  /** The first key message to one member is lost. */
  | "lose_key"
  /** One bit of each hundredth encrypted frame is flipped. */
  | "flip_bit"
  /** The SFU stops forwarding one of its subscriptions. */
  | "drop_subscription"
  /** Sends plain frames in an encrypted room. */
  | "encryption_off";

/** What a bot is to be. Follows from the scenario and its seed alone. */
export interface BotSpec {
  /** From 0; unique in the swarm, also over several machines. Stamped into each frame. */
  readonly number: number;
  readonly tier: BotTier;
  readonly manners: Manners;
  readonly talks: boolean;
  readonly films: boolean;
  readonly sabotage?: Sabotage;
}

/** How bots send. */
export interface MediaProfile {
  /** Milliseconds of sound in one Opus packet: 20, 40 or 60. */
  readonly audioFrameMs: 20 | 40 | 60;
  readonly videoFramesPerSecond: number;
  /** Bytes of one encoded picture, padded up to it. One RTP packet holds about 1,150. */
  readonly videoFrameBytes: number;
}

/** Instants of one stay in the call, in ms since 1970 by the machine's clock; `undefined` until reached. */
export interface Stay {
  readonly askedAtMs: number;
  readonly joinedAtMs?: number;
  /** When the leave was asked for, or the bot vanished. */
  readonly leftAtMs?: number;
  /** Instants of the join, as the call engine marks them: `granted`, `signalled`, `announced`, `first_key`, `first_frame`. */
  readonly marks: Readonly<Record<string, number>>;
  readonly failure?: { readonly code: string; readonly evidence: string };
}

/** What became of the frames of one sender's track at one receiver. */
export interface FrameCounts {
  /** Decrypted, and the content is what the sender put in. */
  readonly good: number;
  /** Decrypted, but the content is not what its stamp, picture or tone says. */
  readonly spoiled: number;
  /** Decrypted, but made by another sender than the one that the signalling names. */
  readonly foreign: number;
  /** Never arrived: gaps in the sender's frame numbers, reordering settled. */
  readonly missing: number;
  readonly missingKey: number;
  readonly authFailed: number;
  readonly malformed: number;
  readonly replayed: number;
  /** Arrived readable without a key. */
  readonly plaintext: number;
}

export const NO_FRAMES: FrameCounts = {
  good: 0,
  spoiled: 0,
  foreign: 0,
  missing: 0,
  missingKey: 0,
  authFailed: 0,
  malformed: 0,
  replayed: 0,
  plaintext: 0,
};

/** Whether the receiver holds a key of the sender, and whether it opens what arrives. */
export type KeyState = "none" | "held" | "opens" | "wrong";

/** What one receiver got of one sender's track. Instants in ms since 1970; `undefined` until they come. */
export interface StreamReport {
  /** Number of the sending bot. */
  readonly from: number;
  readonly kind: MediaKind;
  /** The sender is a member and the SFU announces this track of it. */
  readonly signalledAtMs?: number;
  readonly firstPacketAtMs?: number;
  readonly firstKeyAtMs?: number;
  readonly firstDecryptedAtMs?: number;
  readonly lastDecryptedAtMs?: number;
  readonly lastPacketAtMs?: number;
  readonly counts: FrameCounts;
  readonly keyState: KeyState;
  /** Sender's stamp to receiver's check, ms; both on one machine or corrected by the measured offset. */
  readonly delayMs?: { readonly p50: number; readonly p95: number; readonly max: number };
  /** Longest time between two good frames while the sender was sending, ms. */
  readonly longestGapMs: number;
  /** Video of tiers that decode: mean peak signal to noise ratio against the sent picture. */
  readonly psnrDb?: number;
  /** Of frames that were decrypted: the oldest sender's stamp. */
  readonly oldestSentAtMs?: number;
  /**
   * Frames that could not be decrypted although others of the same stay had been: all that failed, and those without a
   * key later than 250 ms after the last good one, which is what a change of keys may take.
   */
  readonly undecryptableAfterKey?: number;
  /** Audio of tiers that decode: hertz of the tone that was heard. */
  readonly toneHz?: number;
}

/** A stretch of time in which a bot was sending. */
export interface SentInterval {
  readonly kind: MediaKind;
  readonly fromMs: number;
  /** `undefined` while it lasts. */
  readonly toMs?: number;
  readonly frames: number;
}

/** Something that a bot noticed and that is not a number. */
export interface Finding {
  readonly atMs: number;
  readonly bot?: number;
  /** `crashed`, `join_failed`, `not_announced`, `unexpected_member`, …; stable. */
  readonly code: string;
  /** One sentence for a person; no ids, keys or tokens. */
  readonly sentence: string;
}

/** Bytes of media packets, as near to what is on the wire as a tier can count. Running totals. */
export interface MediaBytes {
  readonly sent: number;
  readonly received: number;
}

/** All that a bot tells of itself, as a running total. Serialisable. */
export interface BotReport {
  readonly number: number;
  readonly tier: BotTier;
  readonly manners: Manners;
  readonly sabotage?: Sabotage;
  readonly stays: readonly Stay[];
  readonly sent: readonly SentInterval[];
  readonly received: readonly StreamReport[];
  /** Absent in reports of programs that did not count them. */
  readonly mediaBytes?: MediaBytes;
  readonly keys: {
    readonly created: number;
    readonly sent: number;
    readonly installed: number;
    readonly rejected: Readonly<Record<string, number>>;
  };
  readonly findings: readonly Finding[];
}

/** A picture of 800 x 500 has about 60 kB. */
export const MAX_SAMPLE_BYTES = 2_000_000;

/** What one bot saw of the call, as a person would see it; of at most `MAX_SAMPLE_BYTES`. */
export interface BotSample {
  readonly bot: number;
  readonly png: Uint8Array;
}

/** What a network does to the requests and packets of the bots that have it. */
export interface NetworkProfile {
  readonly delayMs: number;
  readonly jitterMs: number;
  /** 0..1 of the packets. */
  readonly lossShare: number;
}

/** Where a bot goes. */
export interface BotPlace {
  readonly homeserverUrl: string;
  readonly roomId: string;
  /** The link's id, where the room was made for links; browsers open it. */
  readonly linkId?: string;
  /** Origin of the web app that browser bots open. */
  readonly webAppUrl?: string;
  /** True if the server believes what a bot says of its address: each then counts as a client of its own. */
  readonly believesAddresses?: boolean;
  /** Least time from one sync to the next of bots that share a process; 0 if absent. */
  readonly syncIntervalMs?: number;
  /** Used when the homeserver names no SFU. */
  readonly fallbackServiceUrl?: string;
}

/** A participant that can be told what to do and asked what it saw. Commands never reject: what fails is in the report. */
export interface Bot {
  readonly spec: BotSpec;
  /** Gets ready (account, browser, room), so that a join measures the join alone. */
  prepare(): Promise<void>;
  join(): Promise<void>;
  /** Leaves as a person does. */
  leave(): Promise<void>;
  /** Is gone without a word, as a killed process is. */
  vanish(): Promise<void>;
  setTalking(isTalking: boolean): Promise<void>;
  setFilming(isFilming: boolean): Promise<void>;
  /** `undefined`: the network as it was found. Browsers have no other. */
  setNetwork?(profile: NetworkProfile | undefined): Promise<void>;
  report(): Promise<BotReport>;
  /** All that it has carried so far. Asked for once a second. Never rejects. */
  mediaBytes(): Promise<MediaBytes>;
  /** A PNG of the call as it sees it now; nothing if it is not in the call. Only bots with a screen. Never rejects. */
  sample?(): Promise<Uint8Array | undefined>;
  /** Ends everything that the bot holds. */
  close(): Promise<void>;
}
