import type { MediaKind } from "@conclave/frame-crypto";

import type { KeyState } from "../../../model.ts";

/** A remote track as the engine's member list tells of it. */
export interface ListedStream {
  readonly userId: string;
  readonly displayName: string;
  readonly deviceId: string;
  /** Changes when the same person joins again. */
  readonly memberId: string;
  readonly kind: MediaKind;
  /** Not muted, and there is something to play. */
  readonly isSending: boolean;
  /** Video: its tile is on the screen. Sound always is. */
  readonly isShown: boolean;
  readonly keyState: KeyState;
}

/** What was received of one content: one picture (person and colour), or one tone. */
export interface ContentTotal {
  /** Video: the number in the strip. */
  readonly person: number | undefined;
  /** Audio: hertz, rounded to the step of tones. */
  readonly toneHz: number | undefined;
  /** Pictures, or windows of sound. */
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Numbers that were skipped between two pictures. */
  readonly missing: number;
  readonly longestGapMs: number;
  /** Sums over the measured parts of all pictures. */
  readonly sums: readonly [number, number, number];
  readonly squares: readonly [number, number, number];
  readonly pixels: number;
  readonly stripError: number;
  readonly stripSamples: number;
}

/** What one remote track came to so far. */
export interface StreamTotal {
  readonly userId: string;
  readonly displayName: string;
  /** All that this person was in the call with. */
  readonly deviceIds: readonly string[];
  readonly kind: MediaKind;
  readonly signalledAtMs: number;
  readonly firstKeyAtMs: number | undefined;
  readonly keyState: KeyState;
  /** False: this track was never on the screen, so nothing was asked for. */
  readonly wasShown: boolean;
  readonly contents: readonly ContentTotal[];
  /** Pictures that are none of ours, once the first one could be read. */
  readonly unreadable: number;
  /** Windows of silence, or of a tone that did not last, between windows with a tone. */
  readonly silent: number;
}

/** Frames that the engine counted on one track, over all its transforms. */
export interface EngineTotal {
  readonly ownerId: string;
  readonly kind: MediaKind;
  readonly direction: "send" | "receive";
  readonly counts: Readonly<Record<string, number>>;
  readonly firstAtMs: number | undefined;
  readonly lastAtMs: number | undefined;
}
