import type { Scope } from "@conclave/kit";

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

const WIDTH = 640;
const HEIGHT = 360;
const FRAMES_PER_SECOND = 15;

/** A camera of one colour with a bar that moves, so that no two frames are alike. */
export function createPicture(scope: Scope, [red, green, blue]: Colour): MediaStreamTrack {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d");
  let drawn = 0;
  const draw = (): void => {
    if (!context) return;
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = "white";
    context.fillRect((drawn++ * 8) % WIDTH, 0, 16, 20);
  };
  draw();
  const timer = setInterval(draw, 1000 / FRAMES_PER_SECOND);
  const [track] = canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks();
  if (!track) throw new Error("The canvas gives no track");
  scope.onEnd(() => {
    clearInterval(timer);
    track.stop();
  });
  return track;
}

/** A microphone with one tone. */
export function createTone(scope: Scope, frequencyHz: number): MediaStreamTrack {
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, { frequency: frequencyHz });
  const output = context.createMediaStreamDestination();
  oscillator.connect(output);
  oscillator.start();
  scope.onEnd(() => context.close());
  const [track] = output.stream.getAudioTracks();
  if (!track) throw new Error("The oscillator gives no track");
  return track;
}

/** Plays a remote track and reads its pixels. */
export class Screen {
  readonly #video = document.createElement("video");
  readonly #canvas = document.createElement("canvas");

  constructor(scope: Scope, track: MediaStreamTrack) {
    this.#video.muted = true;
    this.#video.srcObject = new MediaStream([track]);
    this.#video.play().catch(() => {});
    scope.onEnd(() => {
      this.#video.srcObject = null;
    });
  }

  get framesShown(): number {
    return this.#video.getVideoPlaybackQuality().totalVideoFrames;
  }

  get size(): readonly [number, number] {
    return [this.#video.videoWidth, this.#video.videoHeight];
  }

  /** The colour in the middle of what is shown now; `undefined` before the first frame. */
  colour(): Colour | undefined {
    if (this.#video.videoWidth === 0) return undefined;
    this.#canvas.width = this.#video.videoWidth;
    this.#canvas.height = this.#video.videoHeight;
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    context?.drawImage(this.#video, 0, 0);
    const pixel = context?.getImageData(this.#canvas.width / 2, this.#canvas.height / 2, 1, 1).data;
    return [pixel?.[0] ?? 0, pixel?.[1] ?? 0, pixel?.[2] ?? 0];
  }
}
