import type { Rectangle, Size } from "./geometry.ts";
import { gridLayout } from "./gridLayout.ts";

/** What a tile shows: a shared screen, another person, or oneself. */
export type TileKind = "screen" | "person" | "self";

export type Corner = "top_left" | "top_right" | "bottom_left" | "bottom_right";

export interface StageRequest {
  readonly kinds: readonly TileKind[];
  readonly size: Size;
  readonly gap: number;
  /** Where the own picture sits while two people talk. */
  readonly selfCorner: Corner;
}

/** One rectangle for each tile, in order. `x` of later pages goes on to the right, a page's width each. */
export interface StageLayout {
  readonly mode: "grid" | "duo" | "spotlight";
  readonly rectangles: readonly Rectangle[];
  readonly pageCount: number;
  /** The tile that floats above another one. */
  readonly floating: number | undefined;
}

const NARROW_WIDTH = 640;
const MAX_TILES_NARROW = 6;
const MAX_TILES_WIDE = 25;
const STRIP_SHARE_WIDE = 0.19;
const STRIP_MIN_WIDTH = 180;
const STRIP_SHARE_NARROW = 0.34;
const INSET_MARGIN = 14;
/** Left free below the tiles for the dots that stand for pages. */
const DOTS_HEIGHT = 24;

/** Decides where each tile goes: two people, shared screens with a side strip, or the grid. */
export function layoutTiles(request: StageRequest): StageLayout {
  const { kinds } = request;
  if (kinds.includes("screen")) return spotlight(request);
  if (kinds.length === 2 && kinds.includes("self") && kinds.includes("person")) return duo(request);
  return pagedGrid(request);
}

/** True where the stage is as narrow as a phone held upright. */
export function isNarrow(size: Size): boolean {
  return size.width < NARROW_WIDTH;
}

function pagedGrid({ kinds, size, gap }: StageRequest): StageLayout {
  const perPage = isNarrow(size) ? MAX_TILES_NARROW : MAX_TILES_WIDE;
  const pageCount = Math.max(1, Math.ceil(kinds.length / perPage));
  const pageSize = pageCount === 1 ? size : { width: size.width, height: Math.max(0, size.height - DOTS_HEIGHT) };
  const rectangles = Array.from({ length: pageCount }, (_, page) => {
    const count = Math.min(perPage, kinds.length - page * perPage);
    return gridLayout(count, pageSize, gap).map((tile) => ({ ...tile, x: tile.x + page * size.width }));
  }).flat();
  return { mode: "grid", rectangles, pageCount, floating: undefined };
}

function duo({ kinds, size, selfCorner }: StageRequest): StageLayout {
  const inset = isNarrow(size)
    ? insetSize(Math.min(size.width * 0.32, size.height * 0.3), 3 / 4)
    : insetSize(Math.min(size.width * 0.22, size.height * 0.4), 16 / 10);
  const corner = {
    ...inset,
    x: selfCorner.endsWith("left") ? INSET_MARGIN : size.width - inset.width - INSET_MARGIN,
    y: selfCorner.startsWith("top") ? INSET_MARGIN : size.height - inset.height - INSET_MARGIN,
  };
  const whole = { x: 0, y: 0, ...size };
  return {
    mode: "duo",
    rectangles: kinds.map((kind) => (kind === "self" ? corner : whole)),
    pageCount: 1,
    floating: kinds.indexOf("self"),
  };
}

function insetSize(width: number, aspect: number): Size {
  return { width, height: width / aspect };
}

function spotlight({ kinds, size, gap }: StageRequest): StageLayout {
  const others = kinds.filter((kind) => kind !== "screen").length;
  const areas = divide(size, gap, others > 0);
  const stage = gridLayout(kinds.length - others, areas.stage, gap).map((tile) =>
    kinds.length - others === 1 ? { ...areas.stage, x: 0, y: 0 } : tile,
  );
  const strip = gridLayout(others, areas.strip, gap).map((tile) => ({
    ...tile,
    x: tile.x + areas.strip.x,
    y: tile.y + areas.strip.y,
  }));
  let nextStage = 0;
  let nextStrip = 0;
  const nowhere = { x: 0, y: 0, width: 0, height: 0 };
  const rectangles = kinds.map((kind) => (kind === "screen" ? stage[nextStage++] : strip[nextStrip++]) ?? nowhere);
  return { mode: "spotlight", rectangles, pageCount: 1, floating: undefined };
}

function divide(size: Size, gap: number, hasStrip: boolean): { readonly stage: Size; readonly strip: Rectangle } {
  if (!hasStrip) return { stage: size, strip: { x: 0, y: 0, width: 0, height: 0 } };
  if (isNarrow(size)) {
    const height = size.height * STRIP_SHARE_NARROW;
    const stage = { width: size.width, height: size.height - height - gap };
    return { stage, strip: { x: 0, y: stage.height + gap, width: size.width, height } };
  }
  const width = Math.max(STRIP_MIN_WIDTH, size.width * STRIP_SHARE_WIDE);
  const stage = { width: size.width - width - gap, height: size.height };
  return { stage, strip: { x: stage.width + gap, y: 0, width, height: size.height } };
}
