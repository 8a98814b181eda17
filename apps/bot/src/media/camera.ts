import type { FrameSource } from "../rtc/FrameSource.ts";
import { PICTURE } from "./barcode.ts";
import { BoundedCache } from "./BoundedCache.ts";
import type { Rgb } from "./people.ts";
import { STAMP_BYTES, stampedCopy, stampTemplate, type StampTemplate } from "./stamp.ts";
import { VP8_SIZE, vp8Picture } from "./vp8Picture.ts";

export interface CameraConfig {
  /** Number of the bot. */
  readonly sender: number;
  /** 0 to 7. */
  readonly personId: number;
  readonly colour: Rgb;
  readonly framesPerSecond: number;
  /** Each frame is padded to this many bytes. Below about 280 a picture and its stamp may need more. */
  readonly frameBytes: number;
  /** Number of the first frame: a track that is continued goes on counting. Default 0. */
  readonly firstNumber?: number;
}

/** A loop holds 150 frames, so it is the frames that are counted. 32 loops: `mediaPersonOf` gives out 24 people. */
const MAX_PICTURES = 32 * PICTURE.loopFrames;
const pictures = new BoundedCache<StampTemplate>(MAX_PICTURES);

/** Sends a person's pictures as VP8 key frames, 256 x 144. A picture is encoded when it is first needed. */
export function createCamera(config: CameraConfig): FrameSource {
  let number = config.firstNumber ?? 0;
  return {
    kind: "video",
    codec: "vp8",
    size: VP8_SIZE,
    next(nowMs) {
      const template = templateOf(config, number % PICTURE.loopFrames);
      const data = stampedCopy(template, { kind: "video", sender: config.sender, number, sentAtMs: nowMs });
      number++;
      return { data, isKeyFrame: true, durationMs: 1_000 / config.framesPerSecond };
    },
  };
}

function templateOf({ personId, colour, frameBytes }: CameraConfig, frame: number): StampTemplate {
  return pictures.get(`${colour.join(" ")} ${personId} ${frameBytes} ${frame}`, () => {
    const picture = vp8Picture({ personId, colour, frame });
    const padded = new Uint8Array(Math.max(frameBytes, picture.length + STAMP_BYTES));
    padded.set(picture);
    return stampTemplate(padded);
  });
}
