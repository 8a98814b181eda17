import { DATA_STREAM, UNKNOWN_SSRC } from "./frameFormat.ts";
import type { MediaKind } from "./outcome.ts";
import { type FramePosition, ReplayWindow } from "./ReplayWindow.ts";

/** Streams (SSRCs) of one key that are told apart. A sender that uses more is refused for the rest. */
export const MAX_STREAMS_PER_KEY = 256;
/** A stream moves to another track of the same kind only after this much silence. */
export const PIN_SILENCE_MS = 500;

/** The track that a frame arrived for; data packets have none and count as one. */
export interface TrackRef {
  readonly trackId: string;
  readonly kind: MediaKind | "data";
}

/** A frame as its IV places it. */
export interface FramePlace extends FramePosition {
  readonly ssrc: number;
}

interface Stream {
  readonly window: ReplayWindow;
  readonly kind: TrackRef["kind"];
  trackId: string;
  lastFrameAtMs: number;
}

/**
 * Refuses frames of one key that come twice, too late, or for another track than their stream belongs to. The SSRC is
 * the sender's own, authenticated as part of the IV; a forwarding SFU cannot change it.
 *
 * Streams belong to the track that they were first seen on: never to one of another kind, and to another one of the same
 * kind (a new subscription) only after a silence.
 */
export class StreamGuard {
  readonly #streams = new Map<number | string, Stream>();

  /** Looks without changing anything; cheap, so that it comes before decryption. */
  allows(place: FramePlace, track: TrackRef, nowMs: number): boolean {
    // Where nothing but the ciphertext is authenticated (VP9), a data packet could be shown as a picture.
    if ((place.ssrc === DATA_STREAM) !== (track.kind === "data")) return false;
    const stream = this.#streams.get(streamName(place.ssrc, track));
    if (stream === undefined) return this.#streams.size < MAX_STREAMS_PER_KEY;
    return isForTrack(stream, track, nowMs) && stream.window.isFresh(place);
  }

  /** Whether frames of that SSRC have been authenticated. */
  has(ssrc: number): boolean {
    return this.#streams.has(ssrc);
  }

  /**
   * Enters a frame that has been authenticated.
   *
   * @returns false if it must not be used after all
   */
  enter(place: FramePlace, track: TrackRef, nowMs: number): boolean {
    const name = streamName(place.ssrc, track);
    const known = this.#streams.get(name);
    // Looked at again: other frames may have come while this one was being decrypted.
    if (known === undefined && this.#streams.size >= MAX_STREAMS_PER_KEY) return false;
    if (known !== undefined && !isForTrack(known, track, nowMs)) return false;
    const stream = known ?? this.#open(name, track, nowMs);
    if (!stream.window.enter(place)) return false;
    stream.trackId = track.trackId;
    stream.lastFrameAtMs = nowMs;
    return true;
  }

  #open(name: number | string, track: TrackRef, nowMs: number): Stream {
    const stream = {
      window: new ReplayWindow(),
      kind: track.kind,
      trackId: track.trackId,
      lastFrameAtMs: nowMs,
    };
    this.#streams.set(name, stream);
    return stream;
  }
}

function isForTrack(stream: Stream, track: TrackRef, nowMs: number): boolean {
  if (stream.trackId === track.trackId) return true;
  return stream.kind === track.kind && nowMs - stream.lastFrameAtMs >= PIN_SILENCE_MS;
}

/** Senders that do not know their SSRC use one value for all tracks; those can only be told apart by where they arrive. */
function streamName(ssrc: number, track: TrackRef): number | string {
  return ssrc === UNKNOWN_SSRC ? track.trackId : ssrc;
}
