/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels from the top left of the stage. */
export interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}
