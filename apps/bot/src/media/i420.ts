/** A decoded picture, 4:2:0: the planes of blueness and redness have half the width and height, rounded up. */
export interface I420Picture {
  readonly width: number;
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  /** Bytes from one row to the next. */
  readonly yStride: number;
  readonly uStride: number;
  readonly vStride: number;
}

/** Pixels from `left`, `top` up to, but without, `right`, `bottom`. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Samples {
  readonly bytes: Uint8Array;
  readonly stride: number;
}

/** Mean level of an area; of one pixel if the area is empty. `NaN` outside of the plane. */
export function meanLevel({ bytes, stride }: Samples, area: Area): number {
  const [right, bottom] = [Math.max(area.right, area.left + 1), Math.max(area.bottom, area.top + 1)];
  let sum = 0;
  for (let row = area.top; row < bottom; row++) {
    for (let at = row * stride + area.left; at < row * stride + right; at++) sum += bytes[at] ?? NaN;
  }
  return sum / ((right - area.left) * (bottom - area.top));
}
