/** A value of the command line that stands before what the scenario says. */
export interface FlagValue {
  /** As sentences call it: `--talkers`, `--sabotage flip_bit`. */
  readonly flag: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** A scenario's raw values with those of the command line laid over them. */
export interface Overlay {
  readonly raw: unknown;
  /** Flags by the path that they set, such as `media.audioFrameMs`. */
  readonly flags: ReadonlyMap<string, string>;
  /** What cannot even be laid over. */
  readonly faults: readonly { readonly flag: string; readonly path: readonly string[]; readonly predicate: string }[];
}

type Mapping = Record<string, unknown>;
type Head = "people" | "native" | "browser";

/** Paths that stand for more than one value: `--people` counts everybody, and protocol bots are the rest. */
const HEADS: Readonly<Record<Head, string>> = { people: "--people", native: "--native", browser: "--browsers" };

/** Lays flags over raw values. A base that is no mapping is left as it is: the schema says so. */
export function layOver(base: unknown, values: readonly FlagValue[]): Overlay {
  if (!isMapping(base)) return { raw: base, flags: new Map(), faults: [] };
  const raw: Mapping = { ...base };
  const flags = new Map<string, string>();
  const heads = new Map<Head, FlagValue>();
  for (const value of values) {
    const head = headOf(value);
    if (head) heads.set(head, value);
    else set(raw, value.path, value.value);
    flags.set(value.path.join("."), value.flag);
  }
  const faults = heads.size === 0 ? [] : setPeople(raw, heads, flags);
  return { raw, flags, faults };
}

function headOf({ path }: FlagValue): Head | undefined {
  if (path[0] !== "people") return undefined;
  return path.length === 1 ? "people" : (path[1] as Head);
}

function setPeople(raw: Mapping, heads: ReadonlyMap<Head, FlagValue>, flags: Map<string, string>): Overlay["faults"] {
  const base = isMapping(raw["people"]) ? raw["people"] : {};
  const browser = heads.has("browser") ? heads.get("browser")?.value : (base["browser"] ?? 0);
  const native = heads.has("native") ? heads.get("native")?.value : (base["native"] ?? 0);
  const people = heads.has("people")
    ? heads.get("people")?.value
    : asCount(base["protocol"]) + asCount(base["browser"]) + asCount(base["native"]);
  const rest = asCount(browser) + asCount(native);
  const flag = HEADS[heads.has("people") ? "people" : heads.has("browser") ? "browser" : "native"];
  flags.set("people", flag);
  flags.set("people.protocol", flag);
  const isCount = typeof people === "number" && Number.isInteger(people) && people >= 0;
  // What is no count goes on as it is, so that the schema names it.
  raw["people"] = { ...base, browser, native, protocol: isCount ? Math.max(0, people - rest) : people };
  if (!isCount || people >= rest) return [];
  const they = `${asCount(browser)} browsers and ${asCount(native)} native bots`;
  return [{ flag, path: ["people"], predicate: `leaves too few: ${they} are more than ${people} people.` }];
}

function set(target: Mapping, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner: Mapping = isMapping(target[key]) ? { ...target[key] } : {};
  set(inner, rest, value);
  target[key] = inner;
}

function asCount(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : 0;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
