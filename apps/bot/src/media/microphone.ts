import type { FrameSource } from "../rtc/FrameSource.ts";
import { joinPackets } from "./opusPacket.ts";
import { LOOP_FRAMES, opusTone } from "./opusTone.ts";
import { STAMP_BYTES, stampedCopy, stampTemplate, type StampTemplate } from "./stamp.ts";
import { BoundedCache } from "./BoundedCache.ts";

export interface MicrophoneConfig {
  /** Number of the bot. */
  readonly sender: number;
  /** A multiple of 50. */
  readonly toneHz: number;
  readonly frameMs: 20 | 40 | 60;
  /** Number of the first frame: a track that is continued goes on counting. Default 0. */
  readonly firstNumber?: number;
}

/** 64 tones in three lengths of packet. */
const MAX_LOOPS = 192;
const loops = new BoundedCache<readonly StampTemplate[]>(MAX_LOOPS);

/** Sends an endless tone as real Opus, 24 kbit/s and about 10 more for the stamps. */
export function createMicrophone({ sender, toneHz, frameMs, firstNumber = 0 }: MicrophoneConfig): FrameSource {
  const loop = loops.get(`${toneHz} ${frameMs}`, () => templatesOf(toneHz, frameMs));
  let number = firstNumber;
  return {
    kind: "audio",
    codec: "opus",
    next(nowMs) {
      const template = loop[number % loop.length]!;
      const data = stampedCopy(template, { kind: "audio", sender, number, sentAtMs: nowMs });
      number++;
      return { data, isKeyFrame: true, durationMs: frameMs };
    },
  };
}

function templatesOf(toneHz: number, frameMs: number): StampTemplate[] {
  const framesPerPacket = frameMs / 20;
  const frames = opusTone(toneHz);
  return Array.from({ length: LOOP_FRAMES / framesPerPacket }, (_, index) => {
    const packets = frames.slice(index * framesPerPacket, (index + 1) * framesPerPacket);
    return stampTemplate(joinPackets(packets, STAMP_BYTES));
  });
}
