import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import type * as z from "zod";

import { completeScenario } from "./completeScenario.ts";
import { layOver } from "./flags.ts";
import type { FlagValue } from "./flags.ts";
import type { Scenario } from "./scenario.ts";
import { ScenarioError } from "./ScenarioError.ts";
import type { Fault } from "./ScenarioError.ts";
import { draftSchema } from "./schema.ts";
import type { DraftPart } from "./schema.ts";

const MAX_TEXT_LENGTH = 200_000;
const MAX_ALIASES = 100;

/** Where a scenario comes from and where it goes. */
export interface ReadOptions {
  /** How sentences call the text: `party.yaml`. */
  readonly source?: string;
  /** Values of the command line; they stand before the text's. */
  readonly flags?: readonly FlagValue[];
  /** True against servers that the command starts itself; only those can be restarted. */
  readonly isEmbedded?: boolean;
}

type Path = readonly (string | number)[];
/** A path's line, from 1. */
type Locate = (path: Path) => number | undefined;

/**
 * Reads a scenario from YAML.
 *
 * @throws {ScenarioError} `bad_scenario` with every fault of text and flags
 */
export function readScenario(text: string, options: ReadOptions = {}): Scenario {
  const source = options.source ?? "scenario";
  if (text.length > MAX_TEXT_LENGTH) {
    throw refusal(`${source} must have at most ${MAX_TEXT_LENGTH} characters.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: "core", prettyErrors: false });
  const broken = [...document.errors, ...document.warnings].map((error): Fault => {
    const { line } = lines.linePos(error.pos[0]);
    return { path: "", line, sentence: `${source} line ${line} is not YAML: ${firstSentence(error.message)}` };
  });
  if (broken.length > 0) throw new ScenarioError("bad_scenario", broken);
  const locate: Locate = (path) => lineOf(document, lines, path);
  return checkScenario(toPlain(document, source), { ...options, source }, locate);
}

/**
 * Makes a scenario of plain values, as `readScenario` does of text.
 *
 * @throws {ScenarioError} `bad_scenario`
 */
export function checkScenario(base: unknown, options: ReadOptions = {}, locate: Locate = () => undefined): Scenario {
  const overlay = layOver(base, options.flags ?? []);
  const faults: Fault[] = [];
  const report = (path: Path, predicate: string): void => {
    faults.push(faultAt(path, predicate, { flags: overlay.flags, source: options.source, locate }));
  };
  for (const { path, predicate } of overlay.faults) report(path, predicate);

  const issues = draftSchema.safeParse(overlay.raw).error?.issues ?? [];
  for (const [path, predicate] of issues.flatMap(sentencesOf)) report(path, predicate);
  if (issues.some((issue) => issue.path.length === 0 && issue.code !== "unrecognized_keys")) throw failed(faults);

  const unsound = issues.filter((issue) => issue.code !== "unrecognized_keys");
  const badKeys = new Set([...unsound, ...overlay.faults].flatMap((issue) => issue.path.slice(0, 1).map(String)));
  const scenario = completeScenario(soundPart(overlay.raw, issues, badKeys), {
    isEmbedded: options.isEmbedded ?? true,
    report,
    badKeys,
  });
  if (faults.length > 0) throw failed(faults);
  return scenario;
}

/** What is left of a draft without the keys that have faults and those that are not known. */
function soundPart(raw: unknown, issues: readonly z.core.$ZodIssue[], badKeys: ReadonlySet<string>): DraftPart {
  const rest = structuredClone(raw) as Record<PropertyKey, unknown>;
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const owner = issue.path.reduce((inner, key) => inner[key] as Record<PropertyKey, unknown>, rest);
    for (const key of issue.keys) delete owner[key];
  }
  const sound = Object.entries(rest).filter(([key]) => !badKeys.has(key));
  return draftSchema.partial().parse(Object.fromEntries(sound));
}

/** Of unknown keys each has a sentence. */
function sentencesOf(issue: z.core.$ZodIssue): [Path, string][] {
  const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  if (issue.code !== "unrecognized_keys") return [[path, issue.message]];
  return issue.keys.map((key) => [[...path, key], issue.message]);
}

interface Places {
  readonly flags: ReadonlyMap<string, string>;
  readonly source: string | undefined;
  readonly locate: Locate;
}

function faultAt(path: Path, predicate: string, { flags, source, locate }: Places): Fault {
  const shownPath = showPath(path);
  const inList = typeof path.at(-1) === "number" ? path.slice(0, -1) : path;
  const flag = flags.get(inList.join("."));
  if (flag) return { path: shownPath, flag, sentence: `${flag} ${predicate}` };
  const line = locate(path);
  const place = [source, line === undefined ? undefined : `line ${line}`].filter(Boolean).join(" ");
  const subject = shownPath || "The scenario";
  const sentence = `${place ? `${place}: ` : ""}${subject} ${predicate}`;
  return { path: shownPath, ...(line === undefined ? {} : { line }), sentence };
}

function showPath(path: Path): string {
  return path.reduce<string>((shown, key) => {
    if (typeof key === "number") return `${shown}[${key}]`;
    return shown === "" ? key : `${shown}.${key}`;
  }, "");
}

/** The line of the path's key, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    const node = (pair?.key ?? document.getIn(path.slice(0, length), true)) as
      | { range?: readonly number[] | null }
      | undefined;
    const offset = node?.range?.[0];
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return path.length === 0 ? 1 : undefined;
}

function toPlain(document: Document, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw refusal(`${source} repeats itself by aliases more than ${MAX_ALIASES} times.`, cause);
  }
}

function firstSentence(message: string): string {
  return `${message.split(/[.\n]/)[0] ?? message}.`;
}

function failed(faults: readonly Fault[]): ScenarioError {
  return new ScenarioError("bad_scenario", faults);
}

function refusal(sentence: string, cause?: unknown): ScenarioError {
  return new ScenarioError("bad_scenario", [{ path: "", sentence }], cause);
}
