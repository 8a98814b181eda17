import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  type LocalTrack,
  LocalVideoTrack,
  TrackPublishOptions,
  VideoBufferType,
  VideoCodec,
  VideoFrame,
  VideoSource,
} from "@livekit/rtc-node";
import type { TrackSource } from "@conclave/call";
import type { CancelTimer, Clock } from "@conclave/kit";

import type { MediaFeed, PictureFeed, SoundFeed } from "./NativeTrack.ts";
import { paceCapture } from "./paceCapture.ts";
import { toLibrarySource } from "./sources.ts";

/** A source of the library and the track made of it. */
export interface Capture {
  readonly track: LocalTrack;
  readonly options: TrackPublishOptions;
  /** Feeds the source until the returned function is called. @param isOpen asked before each frame */
  run(feed: MediaFeed, isOpen: () => boolean, captured: () => void): CancelTimer;
  close(): Promise<void>;
}

/** Most that the library holds ahead of the encoder. */
const QUEUE_MS = 320;
/** Held ahead on purpose: a busy event loop must not be heard as a gap. */
const LEAD_MS = 160;
/** As for a small camera tile in a call. */
const MAX_VIDEO_BITS_PER_SECOND = 300_000n;
const MICROSECONDS = 1_000;

export function createCapture(clock: Clock, feed: MediaFeed, source: TrackSource): Capture {
  return feed.kind === "audio" ? captureSound(clock, feed, source) : capturePictures(clock, feed, source);
}

function captureSound(clock: Clock, { sampleRate }: SoundFeed, source: TrackSource): Capture {
  const audio = new AudioSource(sampleRate, 1, QUEUE_MS);
  const track = LocalAudioTrack.createAudioTrack(source, audio);
  return {
    track,
    // Redundancy would be torn apart by encryption; discontinuity would look like loss.
    options: new TrackPublishOptions({ source: toLibrarySource(source), dtx: false, red: false }),
    run: (feed, isOpen, captured) => {
      if (feed.kind !== "audio") return () => {};
      const push = (): void => {
        const samples = feed.next();
        // Rejects when the track is closed meanwhile: then nobody waits for the frame.
        void audio.captureFrame(new AudioFrame(samples, sampleRate, 1, samples.length)).then(captured, () => {});
      };
      let wasOpen = false;
      return paceCapture(clock, feed.blockMs, () => {
        const isNowOpen = isOpen();
        const dueMs = !isNowOpen ? 0 : wasOpen ? feed.blockMs : LEAD_MS;
        // What was held ahead must not be sent once nothing may be sent.
        if (wasOpen && !isNowOpen) audio.clearQueue();
        for (let pushedMs = 0; pushedMs < dueMs; pushedMs += feed.blockMs) push();
        wasOpen = isNowOpen;
      });
    },
    close: () => track.close(),
  };
}

function capturePictures(clock: Clock, { width, height, framesPerSecond }: PictureFeed, source: TrackSource): Capture {
  const video = new VideoSource(width, height);
  const track = LocalVideoTrack.createVideoTrack(source, video);
  const videoEncoding = { maxBitrate: MAX_VIDEO_BITS_PER_SECOND, maxFramerate: framesPerSecond };
  return {
    track,
    options: new TrackPublishOptions({
      source: toLibrarySource(source),
      simulcast: false,
      videoCodec: VideoCodec.VP8,
      videoEncoding,
    }),
    run: (feed, isOpen, captured) =>
      paceCapture(clock, 1_000 / framesPerSecond, () => {
        if (feed.kind !== "video" || !isOpen()) return;
        const frame = new VideoFrame(feed.next(), feed.width, feed.height, VideoBufferType.I420);
        video.captureFrame(frame, BigInt(Math.round(clock.monotonicMs() * MICROSECONDS)));
        captured();
      }),
    close: () => track.close(),
  };
}
