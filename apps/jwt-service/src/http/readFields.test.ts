import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { firstJson } from "./firstJson.ts";
import { readFields, ShapeFault } from "./readFields.ts";

const SHAPE = { room: "text", wait: "integer", inner: { id: "text" } } as const;

describe("readFields", () => {
  it("matches names in any case and takes null for absent", () => {
    expect(readFields(SHAPE, { Room: "r", WAIT: 3, inner: { ID: "x" } })).toEqual({
      room: "r",
      wait: 3,
      inner: { id: "x" },
    });
    expect(readFields(SHAPE, { room: null, inner: null })).toEqual({});
    expect(readFields(SHAPE, null)).toEqual({});
  });

  it.each([
    [{ other: 1 }],
    [{ inner: { id: "x", other: 1 } }],
    [JSON.parse('{"__proto__":{"room":"r"}}') as object],
    [{ constructor: 1 }],
    [{ room: 1 }],
    [{ wait: 1.5 }],
    [{ wait: 2 ** 53 }],
    [{ wait: "1" }],
    [{ inner: "x" }],
    [{ inner: [] }],
    [[]],
    ["x"],
    [1],
  ])("refuses %j", (value) => {
    expect(() => readFields(SHAPE, value)).toThrow(ShapeFault);
  });

  it("reads a lone surrogate as U+FFFD", () => {
    expect(readFields(SHAPE, JSON.parse('{"room":"a\\ud800b\\ud83d\\ude00"}'))).toEqual({ room: "a\uFFFDb\u{1F600}" });
  });

  it("gives fields or a fault for any JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          readFields(SHAPE, JSON.parse(text));
        } catch (fault) {
          expect(fault).toBeInstanceOf(ShapeFault);
        }
      }),
    );
  });
});

describe("firstJson", () => {
  it.each([
    ['{"a":1} trailing', { a: 1 }],
    ['{"a":"}"}{"b":2}', { a: "}" }],
    ['{"a":"\\"}"}]', { a: '"}' }],
    ['{"a":[{}]}\n', { a: [{}] }],
  ])("ignores what follows in %s", (text, value) => {
    expect(firstJson(text)).toEqual(value);
  });

  it.each(["", "{", '{"a":', "}", "x{}", '{"a" 1} {}'])("throws for %j", (text) => {
    expect(() => firstJson(text)).toThrow(SyntaxError);
  });

  it("never throws anything else, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          firstJson(text);
        } catch (fault) {
          expect(fault).toBeInstanceOf(SyntaxError);
        }
      }),
    );
  });
});
