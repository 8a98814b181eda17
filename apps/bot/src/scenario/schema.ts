import * as z from "zod";

import { parseExpectation } from "./expectations.ts";
import type { Expectation } from "./expectations.ts";
import {
  byteSize,
  duration,
  field,
  mapping,
  numberBetween,
  ratePerSecond,
  share,
  wholeNumber,
  word,
} from "./fields.ts";
import { RUDE, SABOTAGE } from "./scenario.ts";

const MAX_PEOPLE = 10_000;
const MAX_PHASES = 200;
const MAX_EXPECTATIONS = 100;
const MAX_TEXT = 200;

const count = wholeNumber(0, MAX_PEOPLE);
const some = wholeNumber(1, MAX_PEOPLE);
const instantWave = duration(0);
const wave = duration(1);
const stretch = duration(1000);

const PHASES = {
  ramp: mapping({
    phase: z.literal("ramp"),
    people: some.optional(),
    rate: ratePerSecond("2/s").optional(),
  }),
  hold: mapping({ phase: z.literal("hold"), for: stretch.optional() }),
  churn: mapping({
    phase: z.literal("churn"),
    for: stretch.optional(),
    leaves: ratePerSecond("30/min"),
    vanish: share(true).optional(),
  }),
  storm: mapping({ phase: z.literal("storm"), people: some, within: wave }),
  leave_wave: mapping({
    phase: z.literal("leave_wave"),
    people: some.optional(),
    share: share(false).optional(),
    within: wave,
    vanish: share(true).optional(),
  }),
  kick: mapping({ phase: z.literal("kick"), people: some, within: instantWave.optional() }),
  restart: mapping({ phase: z.literal("restart"), part: word(["sfu", "homeserver", "all"]) }),
  network: mapping({
    phase: z.literal("network"),
    for: stretch.optional(),
    share: share(false),
    delay: duration(0).optional(),
    jitter: duration(0).optional(),
    loss: share(true).optional(),
  }),
};

const phase = z.discriminatedUnion(
  "phase",
  [
    PHASES.ramp,
    PHASES.hold,
    PHASES.churn,
    PHASES.storm,
    PHASES.leave_wave,
    PHASES.kick,
    PHASES.restart,
    PHASES.network,
  ],
  {
    error: (issue) => {
      const kinds = Object.keys(PHASES).join(", ");
      return issue.code === "invalid_union" ? `must be one of ${kinds}.` : `must be a mapping with a phase: ${kinds}.`;
    },
  },
);

/** Each word can be counted; a word that is not there counts nobody. */
function counts<const Word extends string>(words: readonly Word[]) {
  const optionalCount = count.optional();
  return mapping(Object.fromEntries(words.map((key) => [key, optionalCount])) as Record<Word, typeof optionalCount>);
}

function parseText(raw: unknown): string | undefined {
  return typeof raw === "string" && raw.trim() !== "" && raw.length <= MAX_TEXT ? raw.trim() : undefined;
}

function parseName(raw: unknown): string | undefined {
  return typeof raw === "string" && /^[a-z0-9][a-z0-9-]{0,62}$/.test(raw) ? raw : undefined;
}

function parseSeed(raw: unknown): string | undefined {
  return parseText(typeof raw === "number" && Number.isSafeInteger(raw) ? String(raw) : raw);
}

const expectation = z.unknown().transform((raw, context): Expectation => {
  const parsed = parseExpectation(typeof raw === "string" ? raw : "");
  if (parsed.isSound) return parsed.expectation;
  context.addIssue({ code: "custom", message: parsed.fault });
  return z.NEVER;
});

/** A list, or one text with commas. */
const expectations = z.preprocess(
  (raw) => (typeof raw === "string" ? raw.split(",") : raw),
  z.array(expectation, { error: "must be a list such as [pairs=100%, first-frame.p95<2s]." }).max(MAX_EXPECTATIONS, {
    error: `must have at most ${MAX_EXPECTATIONS} expectations.`,
  }),
);

const BEGINNINGS = ["at_once", "when_all_are_in"] as const;

/** A scenario as it is written: counts, rates and times of its own right, not yet compared with each other. */
export const draftSchema = mapping({
  name: field("a name of small letters, digits and dashes", parseName),
  about: field(`a text of 1 to ${MAX_TEXT} characters`, parseText).optional(),
  people: mapping({ protocol: count.optional(), native: count.optional(), browser: count.optional() }),
  talkers: count.optional(),
  cameras: count.optional(),
  talk: mapping({ activity: numberBetween(0.1, 1).optional() }).optional(),
  film: mapping({ activity: numberBetween(0.1, 1).optional() }).optional(),
  senders: field("at_once or when_all_are_in", (raw) => BEGINNINGS.find((known) => known === raw)).optional(),
  ramp: ratePerSecond("2/s").optional(),
  for: stretch.optional(),
  grace: stretch.optional(),
  seed: field(`a whole number, or a text of 1 to ${MAX_TEXT} characters`, parseSeed).optional(),
  media: mapping({
    audioFrameMs: field("20, 40 or 60", (raw) => ([20, 40, 60] as const).find((known) => known === raw)).optional(),
    fps: wholeNumber(1, 60).optional(),
    frameBytes: wholeNumber(64, 100_000).optional(),
  }).optional(),
  manners: counts(RUDE).optional(),
  sabotage: counts(SABOTAGE).optional(),
  phases: z
    .array(phase, { error: "must be a list of phases, such as [{ phase: ramp }, { phase: hold, for: 60s }]." })
    .min(1, { error: "must have at least one phase." })
    .max(MAX_PHASES, { error: `must have at most ${MAX_PHASES} phases.` })
    .optional(),
  expect: expectations.optional(),
  bounds: mapping({
    maxPeople: wholeNumber(1, MAX_PEOPLE).optional(),
    maxDuration: stretch.optional(),
    maxBytes: byteSize().optional(),
  }).optional(),
});

/** A scenario as it is written, every value well-formed. */
export type Draft = z.output<typeof draftSchema>;
/** What is well-formed of a draft that has faults. */
export type DraftPart = { readonly [Key in keyof Draft]?: Draft[Key] | undefined };
/** One phase as it is written. */
export type DraftPhase = NonNullable<Draft["phases"]>[number];
