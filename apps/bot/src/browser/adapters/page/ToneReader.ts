/**
 * Tells the tone of a playing track. Runs in the page, where its source is all there is: it refers to nothing outside
 * itself.
 */
export class ToneReader {
  readonly #samples: number;
  readonly #analysers = new Map<
    string,
    { readonly track: MediaStreamTrack; readonly analyser: AnalyserNode; readonly source: AudioNode }
  >();
  #audio: AudioContext | undefined;

  /** @param samples of one window: a power of two; its length and its fineness */
  constructor(samples: number) {
    this.#samples = samples;
  }

  /** Hertz of the strongest frequency, once the track has been heard for a moment and if it is louder than -60 dB. */
  read(track: MediaStreamTrack): number | undefined {
    const known = this.#analysers.get(track.id);
    // A second call gives what it receives the names of the first.
    if (known?.track !== track) return this.#listen(track);
    const levels = new Float32Array(known.analyser.frequencyBinCount);
    known.analyser.getFloatFrequencyData(levels);
    let peak = 1;
    for (let bin = 2; bin < levels.length; bin++) if (levels[bin]! > levels[peak]!) peak = bin;
    return levels[peak]! > -60 ? (peak * this.#audio!.sampleRate) / this.#samples : undefined;
  }

  /** Lets go of all tracks but these. */
  keepOnly(trackIds: ReadonlySet<string>): void {
    for (const [id, { source }] of this.#analysers) {
      if (trackIds.has(id)) continue;
      source.disconnect();
      this.#analysers.delete(id);
    }
  }

  #listen(track: MediaStreamTrack): undefined {
    this.#audio ??= new AudioContext();
    const analyser = this.#audio.createAnalyser();
    analyser.fftSize = this.#samples;
    analyser.smoothingTimeConstant = 0;
    const source = this.#audio.createMediaStreamSource(new MediaStream([track]));
    source.connect(analyser);
    this.#analysers.get(track.id)?.source.disconnect();
    this.#analysers.set(track.id, { track, analyser, source });
  }
}
