/** What a video element shows, if it is one of our fake cameras. */
export interface SeenPicture {
  readonly person: number;
  readonly frame: number;
  readonly colour: readonly [number, number, number];
}

/** A picture together with what is needed to tell how far it is from the one that was sent. */
export interface MeasuredPicture extends SeenPicture {
  /** Of the pixels of the coloured part, by channel. */
  readonly sums: readonly [number, number, number];
  readonly squares: readonly [number, number, number];
  readonly pixels: number;
  /** Of the middles of the strip's cells against pure black and white; all channels together. */
  readonly stripError: number;
  readonly stripSamples: number;
}

interface Sums {
  readonly sums: [number, number, number];
  readonly squares: [number, number, number];
  readonly pixels: number;
}

/**
 * Reads pictures of fake cameras: see `devices/barcode.ts` for their layout.
 *
 * Runs in the page, where its source is all there is: it refers to nothing outside itself.
 */
export class PictureReader {
  readonly #context = new OffscreenCanvas(320, 180).getContext("2d", { willReadFrequently: true })!;

  /** Reads any picture: an element, a canvas or a decoded frame. */
  read(source: CanvasImageSource): SeenPicture | undefined {
    const picture = this.measure(source);
    return picture && { person: picture.person, frame: picture.frame, colour: picture.colour };
  }

  measure(source: CanvasImageSource): MeasuredPicture | undefined {
    this.#context.drawImage(source, 0, 0, 320, 180);
    const strip = this.#context.getImageData(0, 140, 320, 24);
    const cells = Array.from({ length: 16 }, (_, cell) => this.#sum(strip, cell * 20 + 6, 8));
    const levels = cells.map(({ sums, pixels }) => (sums[0] + sums[1] + sums[2]) / (3 * pixels));
    // A strip of our own is black and white: anything between is not one.
    if (levels.some((level) => level > 90 && level < 165)) return undefined;
    const bits: number[] = levels.map((level) => (level > 128 ? 1 : 0));
    const number = (from: number, count: number): number =>
      bits.slice(from, from + count).reduce((value, bit) => value * 2 + bit, 0);
    const [frame, person] = [number(2, 8), number(10, 3)];
    if (number(0, 2) !== 2 || number(13, 3) !== (frame + person) % 8) return undefined;
    const patch = this.#sum(this.#context.getImageData(100, 40, 120, 40), 0, 120);
    const colour = patch.sums.map((sum) => Math.round(sum / patch.pixels)) as [number, number, number];
    const stripError = cells.reduce((error, cell, index) => error + this.#errorOf(cell, bits[index]! * 255), 0);
    return { person, frame, colour, ...patch, stripError, stripSamples: cells.length * cells[0]!.pixels * 3 };
  }

  #sum({ data, width, height }: ImageData, left: number, columns: number): Sums {
    const sums: [number, number, number] = [0, 0, 0];
    const squares: [number, number, number] = [0, 0, 0];
    for (let y = 0; y < height; y++) {
      for (let at = (y * width + left) * 4, end = at + columns * 4; at < end; at += 4) {
        for (let channel = 0; channel < 3; channel++) {
          const value = data[at + channel]!;
          sums[channel]! += value;
          squares[channel]! += value * value;
        }
      }
    }
    return { sums, squares, pixels: columns * height };
  }

  /** Sum of the squared differences of all channels to one value. */
  #errorOf({ sums, squares, pixels }: Sums, value: number): number {
    return [0, 1, 2].reduce(
      (error, channel) => error + squares[channel]! - 2 * value * sums[channel]! + pixels * value * value,
      0,
    );
  }
}
