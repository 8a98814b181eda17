import type { Scope } from "@conclave/kit";

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

const WIDTH = 320;
const HEIGHT = 180;
const FRAMES_PER_SECOND = 15;

/** A video track of one colour with a bar that moves, so that no two frames are alike. */
export function createPicture(scope: Scope, [red, green, blue]: Colour): MediaStreamTrack {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = contextOf(canvas);
  let drawn = 0;
  const timer = setInterval(() => {
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = "white";
    context.fillRect((drawn * 8) % WIDTH, 0, 16, 20);
    drawn += 1;
  }, 1000 / FRAMES_PER_SECOND);
  const [track] = canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks();
  if (track === undefined) throw new Error("The canvas gives no track");
  scope.onEnd(() => {
    clearInterval(timer);
    track.stop();
  });
  return track;
}

/** Plays a remote track and reads its pixels. */
export class Screen {
  readonly #video = document.createElement("video");
  readonly #canvas = document.createElement("canvas");

  constructor(scope: Scope, track: MediaStreamTrack) {
    this.#video.muted = true;
    this.#video.srcObject = new MediaStream([track]);
    void this.#video.play().catch(() => {});
    scope.onEnd(() => {
      this.#video.srcObject = null;
    });
  }

  get framesShown(): number {
    return this.#video.getVideoPlaybackQuality().totalVideoFrames;
  }

  /** The colour in the middle of what is shown now; `undefined` before the first frame. */
  colour(): Colour | undefined {
    if (this.#video.videoWidth === 0) return undefined;
    this.#canvas.width = this.#video.videoWidth;
    this.#canvas.height = this.#video.videoHeight;
    const context = contextOf(this.#canvas);
    context.drawImage(this.#video, 0, 0);
    const pixel = context.getImageData(this.#canvas.width / 2, this.#canvas.height / 2, 1, 1).data;
    return [pixel[0] ?? 0, pixel[1] ?? 0, pixel[2] ?? 0];
  }
}

/** Whether two colours look alike after lossy coding. */
export function isLike(seen: Colour | undefined, wanted: Colour): boolean {
  return seen !== undefined && seen.every((part, index) => Math.abs(part - (wanted[index] ?? 0)) < 40);
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("No canvas");
  return context;
}
