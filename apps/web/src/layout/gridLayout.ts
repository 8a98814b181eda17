import type { Rectangle, Size } from "./geometry.ts";

/** Tiles may be cut to these shapes; beyond them too much of a picture would be lost. Width by height. */
const MIN_ASPECT = 0.56;
const MAX_ASPECT = 2.8;
const PICTURE_ASPECT = 16 / 9;

/**
 * Places `count` tiles of one size so that as much picture as possible is seen. Rows are filled from the top; a last
 * row that is not full is centred.
 *
 * @param gap pixels between tiles
 */
export function gridLayout(count: number, size: Size, gap: number): readonly Rectangle[] {
  if (count === 0 || size.width <= 0 || size.height <= 0) return [];
  let best = shapeFor(1, count, size, gap);
  for (let columns = 2; columns <= count; columns++) {
    const shape = shapeFor(columns, count, size, gap);
    if (shape.score > best.score) best = shape;
  }
  return place(best, count, size, gap);
}

interface GridShape {
  readonly columns: number;
  readonly rows: number;
  readonly tile: Size;
  readonly score: number;
}

function shapeFor(columns: number, count: number, size: Size, gap: number): GridShape {
  const rows = Math.ceil(count / columns);
  const cell = {
    width: Math.max(0, (size.width - gap * (columns - 1)) / columns),
    height: Math.max(0, (size.height - gap * (rows - 1)) / rows),
  };
  const tile = {
    width: Math.min(cell.width, cell.height * MAX_ASPECT),
    height: Math.min(cell.height, cell.width / MIN_ASPECT),
  };
  return { columns, rows, tile, score: scoreOf(tile) };
}

/** Area, lowered by the part of a picture that the shape cuts off. */
function scoreOf(tile: Size): number {
  if (tile.height === 0) return 0;
  const aspect = tile.width / tile.height;
  const seen = Math.min(aspect / PICTURE_ASPECT, PICTURE_ASPECT / aspect);
  return tile.width * tile.height * Math.sqrt(seen);
}

function place(shape: GridShape, count: number, size: Size, gap: number): readonly Rectangle[] {
  const { columns, rows, tile } = shape;
  const top = (size.height - (rows * tile.height + (rows - 1) * gap)) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = (size.width - (inRow * tile.width + (inRow - 1) * gap)) / 2;
    return {
      ...tile,
      x: left + (index - row * columns) * (tile.width + gap),
      y: top + row * (tile.height + gap),
    };
  });
}
