import type { Rgb } from "./people.ts";

/** Levels of BT.601 in limited range: what cameras and VP8 hold. */
export interface Yuv {
  readonly luma: number;
  readonly blueness: number;
  readonly redness: number;
}

/** Luma of black and of white. */
export const BLACK_LUMA = 16;
export const WHITE_LUMA = 235;
/** Chroma of greys. */
export const GREY_CHROMA = 128;

export function toYuv([red, green, blue]: Rgb): Yuv {
  return {
    luma: Math.round(BLACK_LUMA + 0.257 * red + 0.504 * green + 0.098 * blue),
    blueness: Math.round(GREY_CHROMA - 0.148 * red - 0.291 * green + 0.439 * blue),
    redness: Math.round(GREY_CHROMA + 0.439 * red - 0.368 * green - 0.071 * blue),
  };
}

export function toRgb({ luma, blueness, redness }: Yuv): Rgb {
  const light = 1.164 * (luma - BLACK_LUMA);
  const [blue, red] = [blueness - GREY_CHROMA, redness - GREY_CHROMA];
  return [toByte(light + 1.596 * red), toByte(light - 0.392 * blue - 0.813 * red), toByte(light + 2.017 * blue)];
}

function toByte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
