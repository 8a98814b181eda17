import type { FlagValue } from "./flags.ts";

/** Options of `conclave swarm` that say something of the scenario. */
export const SCENARIO_FLAGS = {
  people: { type: "string" },
  browsers: { type: "string" },
  native: { type: "string" },
  talkers: { type: "string" },
  cameras: { type: "string" },
  ramp: { type: "string" },
  for: { type: "string" },
  seed: { type: "string" },
  "audio-frame": { type: "string" },
  expect: { type: "string", multiple: true },
  manners: { type: "string", multiple: true },
  sabotage: { type: "string", multiple: true },
  "max-people": { type: "string" },
  "max-duration": { type: "string" },
  "max-bytes": { type: "string" },
} as const;

type Key = keyof typeof SCENARIO_FLAGS;
type SingleKey = Exclude<Key, "expect" | "manners" | "sabotage">;

const PATHS: Readonly<Record<SingleKey, readonly string[]>> = {
  people: ["people"],
  browsers: ["people", "browser"],
  native: ["people", "native"],
  talkers: ["talkers"],
  cameras: ["cameras"],
  ramp: ["ramp"],
  for: ["for"],
  seed: ["seed"],
  "audio-frame": ["media", "audioFrameMs"],
  "max-people": ["bounds", "maxPeople"],
  "max-duration": ["bounds", "maxDuration"],
  "max-bytes": ["bounds", "maxBytes"],
};

/** Turns options into values of a scenario. They are as raw as those of a file, and judged with them. */
export function readScenarioFlags(
  values: Readonly<{ [Name in Key]?: string | readonly string[] | undefined }>,
): FlagValue[] {
  const single = Object.entries(PATHS).flatMap(([key, path]): FlagValue[] => {
    const text = values[key as SingleKey];
    return typeof text === "string" ? [{ flag: `--${key}`, path, value: asValue(key, text) }] : [];
  });
  const expect = lists(values.expect);
  return [
    ...single,
    ...(values.expect === undefined ? [] : [{ flag: "--expect", path: ["expect"], value: expect }]),
    ...lists(values.manners).map((text) => parseCount("manners", text)),
    ...lists(values.sabotage).map((text) => parseCount("sabotage", text)),
  ];
}

/** `rotation_off=1`; without a number one is meant. */
function parseCount(key: "manners" | "sabotage", text: string): FlagValue {
  const [name = "", count = "1"] = text.split(/=(.*)/s);
  return { flag: `--${key} ${name.trim()}`, path: [key, name.trim()], value: asNumber(count.trim()) };
}

function lists(values: string | readonly string[] | undefined): string[] {
  return [values ?? []].flat().flatMap((text) => text.split(","));
}

function asValue(key: string, text: string): unknown {
  // A seed is a text, even one of digits: 007 is not 7.
  return key === "seed" ? text : asNumber(text);
}

function asNumber(text: string): unknown {
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : text;
}
