/** What a video element shows, if it is one of our fake cameras. */
export interface SeenPicture {
  readonly person: number;
  readonly frame: number;
  readonly colour: readonly [number, number, number];
}

export interface SeenTile {
  readonly memberId: string;
  readonly isSelf: boolean;
  readonly text: string;
  readonly picture: SeenPicture | undefined;
  readonly sizePixels: readonly [number, number];
}

export interface Observation {
  readonly tiles: readonly SeenTile[];
  /** The strongest frequency of each playing remote audio track that is louder than -60 dB. */
  readonly tonesHz: readonly number[];
}

export interface Observer {
  read(): Observation;
  /** Reads any picture: an element, a canvas or a decoded frame. */
  readPicture(source: CanvasImageSource): SeenPicture | undefined;
  /** The strongest frequency of a track, once it has been heard for a moment. */
  readTone(track: MediaStreamTrack): number | undefined;
}

declare global {
  interface Window {
    observer: Observer;
  }
}

/**
 * Runs in the page (as an init script, so it must not refer to anything outside itself). Reads decoded pictures and
 * played sound from whatever elements the page shows, through open shadow roots.
 */
export function installObserver(): void {
  const canvas = new OffscreenCanvas(320, 180);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const analysers = new Map<string, AnalyserNode>();
  let audio: AudioContext | undefined;

  function meanOf(left: number, top: number, width: number, height: number): [number, number, number] {
    const { data } = context!.getImageData(left, top, width, height);
    const sums: [number, number, number] = [0, 0, 0];
    for (let index = 0; index < data.length; index += 4) {
      for (const channel of [0, 1, 2] as const) sums[channel] += data[index + channel]!;
    }
    return sums.map((sum) => Math.round(sum / (width * height))) as [number, number, number];
  }

  function readPicture(source: CanvasImageSource): SeenPicture | undefined {
    context!.drawImage(source, 0, 0, 320, 180);
    const bits = Array.from({ length: 16 }, (_, cell) => {
      const [red, green, blue] = meanOf(cell * 20 + 6, 140, 8, 24);
      return (red + green + blue) / 3;
    });
    // A strip of our own is black and white: anything between is not one.
    if (bits.some((level) => level > 90 && level < 165)) return undefined;
    const number = (from: number, count: number): number =>
      bits.slice(from, from + count).reduce((value, level) => value * 2 + (level > 128 ? 1 : 0), 0);
    const frame = number(2, 8);
    const person = number(10, 3);
    if (number(0, 2) !== 2 || number(13, 3) !== (frame + person) % 8) return undefined;
    return { person, frame, colour: meanOf(100, 40, 120, 40) };
  }

  function readTone(track: MediaStreamTrack): number | undefined {
    let analyser = analysers.get(track.id);
    if (!analyser) {
      audio ??= new AudioContext();
      analyser = audio.createAnalyser();
      analyser.fftSize = 8192;
      analyser.smoothingTimeConstant = 0;
      audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      analysers.set(track.id, analyser);
      return undefined;
    }
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const peak = levels.reduce((best, level, bin) => (level > levels[best]! ? bin : best), 1);
    return levels[peak]! > -60 ? (peak * audio!.sampleRate) / analyser.fftSize : undefined;
  }

  function* elementsOf(root: Document | ShadowRoot | Element): Generator<Element> {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* elementsOf(element.shadowRoot);
    }
  }

  function isPlaying(element: Element): element is HTMLMediaElement & { srcObject: MediaStream } {
    return element instanceof HTMLMediaElement && element.srcObject instanceof MediaStream && !element.paused;
  }

  /** What a tile says, to eyes and to screen readers. */
  function textOf(tile: Element): string {
    const label = tile.getAttribute("aria-label");
    return label ?? tile.textContent;
  }

  function tileOf(tile: Element): SeenTile {
    const inside = [...(tile.shadowRoot ? elementsOf(tile.shadowRoot) : []), ...elementsOf(tile)];
    const video = inside.find((element) => element instanceof HTMLVideoElement && isPlaying(element)) as
      | HTMLVideoElement
      | undefined;
    const hasPicture = video !== undefined && video.videoWidth > 0;
    return {
      memberId: tile.getAttribute("data-member-id") ?? "",
      isSelf: tile.getAttribute("data-self") === "true",
      text: textOf(tile),
      picture: hasPicture ? readPicture(video) : undefined,
      sizePixels: [video?.videoWidth ?? 0, video?.videoHeight ?? 0],
    };
  }

  function read(): Observation {
    const all = [...elementsOf(document)];
    const tracks = all
      .filter((element) => isPlaying(element) && !element.muted)
      .flatMap((element) => (element as HTMLMediaElement & { srcObject: MediaStream }).srcObject.getAudioTracks());
    return {
      tiles: all.filter((element) => element.getAttribute("data-testid") === "tile").map(tileOf),
      tonesHz: tracks.map(readTone).filter((tone) => tone !== undefined),
    };
  }

  window.observer = { read, readPicture, readTone };
}
