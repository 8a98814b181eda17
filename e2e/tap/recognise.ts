import type { Person } from "@conclave/bot/browser";
import type { Page } from "playwright-core";

import type { TappedFrame } from "./FrameRecorder.ts";

export interface Recognition {
  /** Frames handed to the decoder. */
  readonly frames: number;
  /** Frames that came out of the decoder with the person's content: their barcode, or their tone. */
  readonly recognised: number;
}

/** Longest recording that is decoded at once. */
const MAX_FRAMES = 400;

/**
 * Treats recorded frames as what their RTP payload type claims, hands them to Chromium's own decoders, and counts those
 * that turn out to show or sound like the person. The judge of "is this plain?" is thus a real decoder and real content.
 */
export async function recognise(page: Page, frames: readonly TappedFrame[], person: Person): Promise<Recognition> {
  const video = frames.filter((frame) => frame.kind === "video").slice(0, MAX_FRAMES);
  const audio = frames.filter((frame) => frame.kind === "audio").slice(0, MAX_FRAMES);
  const seen = await page.evaluate(decodePictures, { frames: video.map(forPage), personId: person.id });
  const heard = await page.evaluate(decodeTones, { frames: audio.map(forPage), toneHz: person.toneHz });
  return { frames: video.length + audio.length, recognised: seen + heard };
}

interface PageFrame {
  readonly isKeyFrame: boolean;
  readonly data: string;
}

function forPage(frame: TappedFrame): PageFrame {
  return { isKeyFrame: frame.isKeyFrame, data: frame.data.toString("base64") };
}

/** Runs in the page. A fault closes the decoder; the next key frame gets a new one. */
async function decodePictures(input: { frames: PageFrame[]; personId: number }): Promise<number> {
  let recognised = 0;
  let decoder: VideoDecoder | undefined;
  let wake = (): void => {};
  const open = (): VideoDecoder => {
    const fresh = new VideoDecoder({
      output(frame) {
        if (window.observer.readPicture(frame)?.person === input.personId) recognised++;
        frame.close();
      },
      error: () => wake(),
    });
    fresh.addEventListener("dequeue", () => wake());
    fresh.configure({ codec: "vp8" });
    return fresh;
  };
  for (const [index, frame] of input.frames.entries()) {
    const type = frame.isKeyFrame ? "key" : "delta";
    if (decoder?.state !== "configured") {
      if (type === "delta") continue;
      decoder = open();
    }
    const data = Uint8Array.from(atob(frame.data), (character) => character.codePointAt(0)!);
    try {
      decoder.decode(new EncodedVideoChunk({ type, timestamp: index * 66_000, data }));
    } catch {
      continue;
    }
    // A flush would ask for a key frame next; an empty queue is enough to learn of a fault in time.
    if (decoder.decodeQueueSize > 0) await new Promise<void>((resolve) => (wake = resolve));
  }
  if (decoder?.state === "configured") await decoder.flush().catch(() => {});
  return recognised;
}

/** Runs in the page. A frame counts if the strongest frequency of what it decodes to, by Goertzel, is the person's. */
async function decodeTones(input: { frames: PageFrame[]; toneHz: number }): Promise<number> {
  const tonal: boolean[] = [];
  const share = (samples: Float32Array, rateHz: number, toneHz: number): number => {
    let [before, last, energy] = [0, 0, 0];
    const factor = 2 * Math.cos((2 * Math.PI * toneHz) / rateHz);
    for (const sample of samples) {
      const next = sample + factor * last - before;
      [before, last] = [last, next];
      energy += sample * sample;
    }
    const power = last * last + before * before - factor * last * before;
    // Of a pure tone this is near 1, of noise near 0.
    return energy < 1e-3 ? 0 : (2 * power) / (samples.length * energy);
  };
  const open = (): AudioDecoder => {
    const fresh = new AudioDecoder({
      output(data) {
        const samples = new Float32Array(data.numberOfFrames);
        data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
        tonal.push(share(samples, data.sampleRate, input.toneHz) > 0.6);
        data.close();
      },
      error() {},
    });
    fresh.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 1 });
    return fresh;
  };
  let decoder = open();
  for (const [index, frame] of input.frames.entries()) {
    if (decoder.state !== "configured") decoder = open();
    const data = Uint8Array.from(atob(frame.data), (character) => character.codePointAt(0)!);
    try {
      decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: index * 20_000, data }));
    } catch {
      continue;
    }
    if (index % 20 === 19) await decoder.flush().catch(() => {});
  }
  if (decoder.state === "configured") await decoder.flush().catch(() => {});
  // A tone lasts. What a decoder makes of noise may resemble it by chance, in one frame of thousands.
  return tonal.filter((isTonal, index) => isTonal && (tonal[index - 1] || tonal[index + 1])).length;
}
