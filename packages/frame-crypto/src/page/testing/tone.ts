import type { Scope } from "@conclave/kit";

const FFT_SIZE = 4096;

/** An audio track with one tone. */
export function createTone(scope: Scope, frequencyHz: number): MediaStreamTrack {
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, { frequency: frequencyHz });
  const output = context.createMediaStreamDestination();
  oscillator.connect(output);
  oscillator.start();
  scope.onEnd(() => context.close());
  const [track] = output.stream.getAudioTracks();
  if (track === undefined) throw new Error("The oscillator gives no track");
  return track;
}

/** Listens to a remote track. */
export class Ear {
  readonly #analyser: AnalyserNode;
  readonly #bins: Float32Array<ArrayBuffer>;

  constructor(scope: Scope, track: MediaStreamTrack) {
    const context = new AudioContext();
    const stream = new MediaStream([track]);
    // Chromium decodes a remote track only while an element plays it.
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    void element.play().catch(() => {});
    this.#analyser = new AnalyserNode(context, { fftSize: FFT_SIZE, smoothingTimeConstant: 0 });
    this.#bins = new Float32Array(this.#analyser.frequencyBinCount);
    context.createMediaStreamSource(stream).connect(this.#analyser);
    scope.onEnd(async () => {
      element.srcObject = null;
      await context.close();
    });
  }

  /** The loudest frequency; `undefined` in silence. */
  loudestHz(): number | undefined {
    this.#analyser.getFloatFrequencyData(this.#bins);
    const loudest = this.#bins.reduce((best, level, bin) => (level > (this.#bins[best] ?? -Infinity) ? bin : best), 0);
    if ((this.#bins[loudest] ?? -Infinity) < -70) return undefined;
    return (loudest * this.#analyser.context.sampleRate) / FFT_SIZE;
  }
}
