import { describe, expect, it } from "vitest";

import { addWhereSilent, cut, join } from "./spans.ts";
import type { Span, SpansOf } from "./spans.ts";

function spans(...pairs: readonly (readonly [number, number])[]): Span[] {
  return pairs.map(([fromMs, toMs]) => ({ fromMs, toMs }));
}

describe("cut", () => {
  it("keeps what is within a stay, and halves what reaches over two", () => {
    const parts = cut(spans([0, 5], [10, 30], [40, 50]), spans([2, 12], [20, 35], [50, 60]));

    expect(parts).toEqual(spans([2, 5], [10, 12], [20, 30]));
  });
});

describe("join", () => {
  it("makes one of spans that touch or overlap", () => {
    expect(join(spans([8, 9], [0, 3], [3, 5], [4, 6], [8, 8]))).toEqual(spans([0, 6], [8, 9]));
  });
});

describe("addWhereSilent", () => {
  it("lets the last who sent go on, and adds nothing where somebody sends", () => {
    const present: SpansOf = new Map([
      [1, spans([0, 100])],
      [2, spans([0, 100])],
    ]);
    const sending: SpansOf = new Map([
      [1, spans([10, 20], [50, 60])],
      [2, spans([15, 30], [70, 100])],
    ]);
    addWhereSilent(sending, present);

    expect(sending.get(1)).toEqual(spans([0, 20], [50, 70]));
    expect(sending.get(2)).toEqual(spans([15, 50], [70, 100]));
  });

  it("takes another when the last who sent is gone, and nobody when all are", () => {
    const present: SpansOf = new Map([
      [1, spans([0, 20])],
      [2, spans([5, 40], [60, 70])],
    ]);
    const sending: SpansOf = new Map([[1, spans([0, 20])]]);
    addWhereSilent(sending, present);

    expect(sending.get(1)).toEqual(spans([0, 20]));
    expect(sending.get(2)).toEqual(spans([20, 40], [60, 70]));
  });
});
