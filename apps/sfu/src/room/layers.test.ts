import { describe, expect, it } from "vitest";

import { chooseLayers } from "./layers.ts";

const LAYERS = [
  { width: 1280, height: 720 },
  { width: 320, height: 180 },
  { width: 640, height: 360 },
];
const ANY = { width: 0, height: 0, quality: 2, fps: 0 };

describe("chooseLayers", () => {
  it.each([
    [160, 90, 0],
    [320, 180, 0],
    [321, 180, 1],
    [640, 360, 1],
    [641, 361, 2],
    [4000, 3000, 2],
  ])("covers a tile of %d × %d with layer %d", (width, height, spatial) => {
    expect(chooseLayers(LAYERS, { ...ANY, width, height }).spatial).toBe(spatial);
  });

  it("goes by the wanted quality while the size is unknown", () => {
    expect(chooseLayers(LAYERS, { ...ANY, quality: 0 }).spatial).toBe(0);
    expect(chooseLayers(LAYERS, { ...ANY, quality: 2 }).spatial).toBe(2);
  });

  it("never asks for a layer that is not there", () => {
    expect(chooseLayers([], { ...ANY, width: 4000, height: 3000 }).spatial).toBe(0);
    expect(chooseLayers(LAYERS.slice(0, 1), ANY).spatial).toBe(0);
  });

  it("halves the frame rate for those who want fewer frames", () => {
    expect(chooseLayers(LAYERS, { ...ANY, fps: 30 }).temporal).toBe(2);
    expect(chooseLayers(LAYERS, { ...ANY, fps: 15 }).temporal).toBe(1);
    expect(chooseLayers(LAYERS, { ...ANY, fps: 5 }).temporal).toBe(0);
  });

  it("compares a portrait camera with a landscape tile by their longer sides", () => {
    expect(chooseLayers([{ width: 360, height: 640 }, ...LAYERS], { ...ANY, width: 640, height: 360 }).spatial).toBe(1);
  });
});
