import type { PictureReader, SeenPicture } from "./PictureReader.ts";
import type { ToneReader } from "./ToneReader.ts";

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

type Playing = HTMLMediaElement & { readonly srcObject: MediaStream };

declare global {
  interface Window {
    observer: PageObserver;
  }
}

/**
 * Reads decoded pictures and played sound from whatever elements the page shows, through open shadow roots.
 *
 * Runs in the page, where its source is all there is: it refers to nothing outside itself.
 */
export class PageObserver {
  readonly #pictures: PictureReader;
  readonly #tones: ToneReader;

  constructor(pictures: PictureReader, tones: ToneReader) {
    this.#pictures = pictures;
    this.#tones = tones;
  }

  read(): Observation {
    const all = [...this.elementsOf(document)];
    const tracks = all
      .filter((element) => this.#isPlaying(element))
      .flatMap((element) => (element.muted ? [] : element.srcObject.getAudioTracks()));
    return {
      tiles: all.filter((element) => element.getAttribute("data-testid") === "tile").map((tile) => this.#tileOf(tile)),
      tonesHz: tracks.map((track) => this.#tones.read(track)).filter((tone) => tone !== undefined),
    };
  }

  /** Reads any picture: an element, a canvas or a decoded frame. */
  readPicture(source: CanvasImageSource): SeenPicture | undefined {
    return this.#pictures.read(source);
  }

  *elementsOf(root: Document | ShadowRoot | Element): Generator<Element> {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* this.elementsOf(element.shadowRoot);
    }
  }

  #isPlaying(element: Element): element is Playing {
    return element instanceof HTMLMediaElement && element.srcObject instanceof MediaStream && !element.paused;
  }

  #tileOf(tile: Element): SeenTile {
    const inside = [...(tile.shadowRoot ? this.elementsOf(tile.shadowRoot) : []), ...this.elementsOf(tile)];
    const video = inside.find((element) => element instanceof HTMLVideoElement && this.#isPlaying(element)) as
      | HTMLVideoElement
      | undefined;
    return {
      memberId: tile.getAttribute("data-member-id") ?? "",
      isSelf: tile.getAttribute("data-self") === "true",
      // What a tile says, to eyes and to screen readers.
      text: tile.getAttribute("aria-label") ?? tile.textContent,
      picture: video !== undefined && video.videoWidth > 0 ? this.#pictures.read(video) : undefined,
      sizePixels: [video?.videoWidth ?? 0, video?.videoHeight ?? 0],
    };
  }
}
