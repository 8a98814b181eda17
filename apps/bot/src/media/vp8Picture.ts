import { barcodeBits, PICTURE } from "./barcode.ts";
import { BLACK_LUMA, GREY_CHROMA, toYuv, WHITE_LUMA, type Yuv } from "./colour.ts";
import type { Rgb } from "./people.ts";
import { encodeKeyFrame, MACROBLOCK_PIXELS } from "./vp8KeyFrame.ts";

/** A strip's cell is one macroblock wide, so a picture is as many macroblocks wide as the strip has cells. */
const COLUMNS = PICTURE.cells;
const ROWS = (COLUMNS * PICTURE.height) / PICTURE.width;
const STRIP_ROW = (ROWS * PICTURE.stripTop) / PICTURE.height;

/** Pixels of the encoded picture: 256 x 144, the proportions of `PICTURE`. */
export const VP8_SIZE: { readonly width: number; readonly height: number } = {
  width: COLUMNS * MACROBLOCK_PIXELS,
  height: ROWS * MACROBLOCK_PIXELS,
};

/** What a picture shows. */
export interface PictureContent {
  /** 0 to 7. */
  readonly personId: number;
  /** 0 to `PICTURE.loopFrames` - 1. */
  readonly frame: number;
  readonly colour: Rgb;
}

/** Encodes the picture as a key frame of 200 to 250 bytes. Any bytes may be appended to it. */
export function vp8Picture(content: PictureContent): Uint8Array<ArrayBuffer> {
  const background = toYuv(content.colour);
  const bits = barcodeBits(content.personId, content.frame);
  const macroblocks = Array.from({ length: COLUMNS * ROWS }, (_, at): Yuv => {
    if (at < STRIP_ROW * COLUMNS) return background;
    return { luma: bits[at % COLUMNS] ? WHITE_LUMA : BLACK_LUMA, blueness: GREY_CHROMA, redness: GREY_CHROMA };
  });
  return encodeKeyFrame({ columns: COLUMNS, rows: ROWS, macroblocks });
}
