/** What a JSON object may hold: names in lower case. Anything else in it is a fault. */
export interface Shape {
  readonly [name: string]: "text" | "integer" | Shape;
}

/** An object as its shape promises it; whatever is absent or null is `undefined`. */
export type Fields<S extends Shape> = {
  readonly [Name in keyof S]:
    | (S[Name] extends "text"
        ? string
        : S[Name] extends "integer"
          ? number
          : S[Name] extends Shape
            ? Fields<S[Name]>
            : never)
    | undefined;
};

/** An object that is not of the shape that was asked for. The message names the place, never a value. */
export class ShapeFault extends Error {
  override readonly name = "ShapeFault";
}

const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Reads an object strictly: an unknown name or a value of another type is a fault; names match in any case, `null` counts
 * as absent. By hand, because a schema library alone takes longer to load than the whole service may take to start.
 *
 * @throws {ShapeFault}
 */
export function readFields<S extends Shape>(shape: S, value: unknown, path = "body"): Fields<S> {
  const fields: Record<string, unknown> = {};
  if (value === null || value === undefined) return fields as Fields<S>;
  if (typeof value !== "object" || Array.isArray(value)) throw new ShapeFault(`${path} is no object`);
  for (const given of Object.keys(value)) {
    const content = (value as Readonly<Record<string, unknown>>)[given];
    const name = Object.hasOwn(shape, given) ? given : given.toLowerCase();
    const type = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (type === undefined) throw new ShapeFault(`${path} has an unknown field`);
    if (content !== null) fields[name] = readValue(type, content, { path, name });
  }
  return fields as Fields<S>;
}

function readValue(type: Shape[string], value: unknown, at: { readonly path: string; readonly name: string }): unknown {
  if (type === "text") {
    // A lone surrogate is no character: it reads as U+FFFD, in every service the same.
    if (typeof value === "string") return wellFormed(value);
    throw new ShapeFault(`${at.path}.${at.name} is no text`);
  }
  if (type === "integer") {
    if (Number.isSafeInteger(value)) return value;
    throw new ShapeFault(`${at.path}.${at.name} is no integer`);
  }
  return readFields(type, value, `${at.path}.${at.name}`);
}

/** Almost no text has surrogates, and looking for any costs less than looking for lone ones. */
function wellFormed(text: string): string {
  return SURROGATE.test(text) ? text.replaceAll(LONE_SURROGATE, "\uFFFD") : text;
}
