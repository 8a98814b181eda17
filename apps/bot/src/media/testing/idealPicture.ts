import { barcodeBits } from "../barcode.ts";
import { toYuv } from "../colour.ts";
import type { I420Picture } from "../i420.ts";
import type { PictureContent } from "../vp8Picture.ts";

/** Draws the picture of `barcode.ts` pixel by pixel; rows are `slack` bytes longer than the picture is wide. */
export function idealPicture(content: PictureContent, width = 320, slack = 0): I420Picture {
  const height = (width * 9) / 16;
  const { luma, blueness, redness } = toYuv(content.colour);
  const bits = barcodeBits(content.personId, content.frame);
  const draw = (halving: number, colour: number, strip: (cell: number) => number): [Uint8Array, number] => {
    const [columns, rows] = [Math.ceil(width / halving), Math.ceil(height / halving)];
    const stride = columns + slack;
    const plane = Uint8Array.from({ length: stride * rows }, (_, at) => {
      const [x, y] = [at % stride, Math.floor(at / stride)];
      return y * 3 < rows * 2 ? colour : strip(Math.floor((x * 16) / columns));
    });
    return [plane, stride];
  };
  const [y, yStride] = draw(1, luma, (cell) => (bits[cell] ? 235 : 16));
  const [u, uStride] = draw(2, blueness, () => 128);
  const [v, vStride] = draw(2, redness, () => 128);
  return { width, height, y, u, v, yStride, uStride, vStride };
}
