import { barcodeBits, PICTURE } from "./barcode.ts";
import { BLACK_LUMA, toYuv, WHITE_LUMA } from "./colour.ts";
import type { I420Picture } from "./i420.ts";
import type { PictureContent } from "./vp8Picture.ts";

/** Of pictures that are the same. */
export const PERFECT_PSNR_DB = 100;
const PEAK = 255;

/**
 * Peak signal to noise ratio of the luma of a picture of any size against the ideal one, in dB.
 * Scaling costs: at the cells' edges each pixel between black and white counts as noise. 0 if the plane is too short.
 */
export function psnrAgainst(expected: PictureContent, picture: I420Picture): number {
  const { width, height, y, yStride } = picture;
  if (y.length < (height - 1) * yStride + width) return 0;
  const background = new Uint8Array(width).fill(toYuv(expected.colour).luma);
  const bits = barcodeBits(expected.personId, expected.frame);
  const strip = background.map((_, x) => (bits[Math.floor((x * PICTURE.cells) / width)] ? WHITE_LUMA : BLACK_LUMA));
  const stripTop = (height * PICTURE.stripTop) / PICTURE.height;
  let squares = 0;
  for (let row = 0; row < height; row++) {
    const ideal = row < stripTop ? background : strip;
    for (let x = 0; x < width; x++) {
      const error = ideal[x]! - y[row * yStride + x]!;
      squares += error * error;
    }
  }
  if (squares === 0) return PERFECT_PSNR_DB;
  return Math.min(PERFECT_PSNR_DB, 10 * Math.log10((PEAK * PEAK * width * height) / squares));
}
