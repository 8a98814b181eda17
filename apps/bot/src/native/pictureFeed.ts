import { barcodeBits, PICTURE } from "../media/barcode.ts";
import { BLACK_LUMA, GREY_CHROMA, toYuv, WHITE_LUMA } from "../media/colour.ts";
import type { MediaPerson } from "../media/index.ts";
import type { PictureFeed } from "./NativeTrack.ts";

/** A camera that films the person's colour and a barcode with the number of each frame. */
export function pictureFeed({ colour, personId }: MediaPerson, framesPerSecond: number): PictureFeed {
  const { width, height, loopFrames, stripTop } = PICTURE;
  const lumaBytes = width * height;
  const chromaBytes = lumaBytes / 4;
  const picture = new Uint8Array((lumaBytes * 3) / 2);
  const { luma, blueness, redness } = toYuv(colour);
  const colourBytes = (stripTop * width) / 4;
  picture.fill(luma, 0, stripTop * width).fill(GREY_CHROMA, lumaBytes);
  picture.fill(blueness, lumaBytes, lumaBytes + colourBytes);
  picture.fill(redness, lumaBytes + chromaBytes, lumaBytes + chromaBytes + colourBytes);
  let frame = 0;
  return {
    kind: "video",
    width,
    height,
    framesPerSecond,
    next() {
      drawStrip(picture, barcodeBits(personId, frame));
      frame = (frame + 1) % loopFrames;
      return picture;
    },
  };
}

/** The first row cell by cell; the others are copies of it. */
function drawStrip(picture: Uint8Array, bits: readonly boolean[]): void {
  const { width, height, stripTop, cells } = PICTURE;
  const cellPixels = width / cells;
  const first = stripTop * width;
  for (const [cell, isWhite] of bits.entries()) {
    const from = first + cell * cellPixels;
    picture.fill(isWhite ? WHITE_LUMA : BLACK_LUMA, from, from + cellPixels);
  }
  for (let row = stripTop + 1; row < height; row++) picture.copyWithin(row * width, first, first + width);
}
