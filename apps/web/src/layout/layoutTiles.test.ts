import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Rectangle } from "./geometry.ts";
import { gridLayout } from "./gridLayout.ts";
import { layoutTiles, type TileKind } from "./layoutTiles.ts";

const GAP = 12;
const TOLERANCE = 0.01;

const sizes = fc.record({ width: fc.integer({ min: 320, max: 3840 }), height: fc.integer({ min: 300, max: 2160 }) });
const crowds = fc
  .record({ screens: fc.integer({ min: 0, max: 3 }), people: fc.integer({ min: 0, max: 60 }) })
  .map(({ screens, people }): TileKind[] => [
    ...Array.from({ length: screens }, () => "screen" as const),
    ...Array.from({ length: people }, () => "person" as const),
    "self",
  ]);

describe("the grid", () => {
  it("keeps every tile inside the stage and apart from the others", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 49 }), sizes, (count, size) => {
        const tiles = gridLayout(count, size, GAP);

        expect(tiles).toHaveLength(count);
        for (const tile of tiles) expectInside(tile, size);
        for (const [index, tile] of tiles.entries())
          for (const other of tiles.slice(index + 1)) expect(overlaps(tile, other)).toBe(false);
      }),
    );
  });

  it("gives all tiles one size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 49 }), sizes, (count, size) => {
        const [first, ...others] = gridLayout(count, size, GAP);

        for (const tile of others) {
          expect(tile.width).toBeCloseTo(first?.width ?? 0);
          expect(tile.height).toBeCloseTo(first?.height ?? 0);
        }
      }),
    );
  });

  it("makes two columns of four on a wide stage and one on a phone", () => {
    const wide = gridLayout(4, { width: 1248, height: 640 }, GAP);
    const phone = gridLayout(3, { width: 374, height: 690 }, GAP);

    expect(new Set(wide.map((tile) => tile.x)).size).toBe(2);
    expect(new Set(phone.map((tile) => tile.x)).size).toBe(1);
  });

  it("centres a last row that is not full", () => {
    const [first, second, third] = gridLayout(3, { width: 1000, height: 700 }, GAP);

    expect((third?.x ?? 0) + (third?.width ?? 0) / 2).toBeCloseTo(500);
    expect(first?.y).toBe(second?.y);
  });

  it("is empty for nobody and for no room", () => {
    expect(gridLayout(0, { width: 100, height: 100 }, GAP)).toEqual([]);
    expect(gridLayout(3, { width: 0, height: 100 }, GAP)).toEqual([]);
  });
});

describe("the stage", () => {
  it("places every tile on one of its pages, whoever is there", () => {
    fc.assert(
      fc.property(crowds, sizes, (kinds, size) => {
        const layout = layoutTiles({ kinds, size, gap: GAP, selfCorner: "bottom_right" });

        expect(layout.rectangles).toHaveLength(kinds.length);
        const whole = { width: size.width * layout.pageCount, height: size.height };
        for (const tile of layout.rectangles) expectInside(tile, whole);
      }),
    );
  });

  it("shows two people as one large picture and an inset in the chosen corner", () => {
    const size = { width: 1248, height: 640 };

    const layout = layoutTiles({ kinds: ["person", "self"], size, gap: GAP, selfCorner: "top_left" });

    expect(layout.mode).toBe("duo");
    expect(layout.rectangles[0]).toEqual({ x: 0, y: 0, ...size });
    expect(layout.rectangles[1]).toMatchObject({ x: 14, y: 14 });
    expect(layout.floating).toBe(1);
  });

  it("gives a shared screen most of the stage", () => {
    const size = { width: 1248, height: 640 };

    const layout = layoutTiles({ kinds: ["person", "screen", "self"], size, gap: GAP, selfCorner: "top_left" });

    const screen = layout.rectangles[1];
    expect(layout.mode).toBe("spotlight");
    expect(((screen?.width ?? 0) * (screen?.height ?? 0)) / (size.width * size.height)).toBeGreaterThan(0.75);
  });

  it("puts at most six tiles on a page of a phone", () => {
    const kinds: TileKind[] = [...Array.from({ length: 7 }, () => "person" as const), "self"];

    const layout = layoutTiles({ kinds, size: { width: 374, height: 690 }, gap: GAP, selfCorner: "top_left" });

    expect(layout.pageCount).toBe(2);
    expect(layout.rectangles.filter((tile) => tile.x < 374)).toHaveLength(6);
    expect(Math.max(...layout.rectangles.map((tile) => tile.y + tile.height))).toBeLessThanOrEqual(690 - 24);
  });
});

function expectInside(tile: Rectangle, size: { readonly width: number; readonly height: number }): void {
  expect(tile.x).toBeGreaterThanOrEqual(-TOLERANCE);
  expect(tile.y).toBeGreaterThanOrEqual(-TOLERANCE);
  expect(tile.x + tile.width).toBeLessThanOrEqual(size.width + TOLERANCE);
  expect(tile.y + tile.height).toBeLessThanOrEqual(size.height + TOLERANCE);
}

function overlaps(a: Rectangle, b: Rectangle): boolean {
  const apartX = a.x + a.width <= b.x + TOLERANCE || b.x + b.width <= a.x + TOLERANCE;
  const apartY = a.y + a.height <= b.y + TOLERANCE || b.y + b.height <= a.y + TOLERANCE;
  return !apartX && !apartY;
}
