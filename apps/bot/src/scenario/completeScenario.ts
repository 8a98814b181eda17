import type { Expectation } from "./expectations.ts";
import { parseExpectation } from "./expectations.ts";
import { resolvePhases } from "./resolvePhases.ts";
import type { ReportFault } from "./resolvePhases.ts";
import { NEED_SENDER, phaseDurationMs, RUDE, SABOTAGE, totalPeople } from "./scenario.ts";
import type { Bounds, Phase, Scenario } from "./scenario.ts";
import type { Draft, DraftPart, DraftPhase } from "./schema.ts";
import { spread } from "./spread.ts";
import { showDuration } from "./units.ts";

const DEFAULT_TALKERS = 8;
const DEFAULT_CAMERAS = 4;
const DEFAULT_RATE_PER_SECOND = 2;
const DEFAULT_DURATION_MS = 60_000;
const DEFAULT_GRACE_MS = 3000;
const DEFAULT_MEDIA = { audioFrameMs: 20, videoFramesPerSecond: 15, videoFrameBytes: 1000 } as const;
const DEFAULT_BOUNDS: Bounds = { maxPeople: 500, maxDurationMs: 2 * 3_600_000, maxBytes: 50e9 };
const DEFAULT_PHASES: readonly DraftPhase[] = [{ phase: "ramp" }, { phase: "hold" }];
const DEFAULT_EXPECT = "pairs=100%,undecryptable=0,plaintext=0,failed-joins=0,crashes=0,sink-losses=0,void=0";

/** What a scenario is checked against, and where its faults go. */
export interface CheckContext {
  readonly isEmbedded: boolean;
  readonly report: ReportFault;
  /** Top-level keys that have a fault already; nothing is compared with them. */
  readonly badKeys: ReadonlySet<string>;
}

interface Check {
  readonly needs: readonly (keyof Draft)[];
  readonly run: (scenario: Scenario, report: ReportFault) => void;
}

const CHECKS: readonly Check[] = [
  { needs: ["people"], run: checkPeople },
  { needs: ["people", "talkers"], run: (scenario, report) => checkSenders("talkers", scenario, report) },
  { needs: ["people", "cameras"], run: (scenario, report) => checkSenders("cameras", scenario, report) },
  { needs: ["people", "bounds"], run: checkMaxPeople },
  { needs: ["people", "talkers", "cameras", "manners", "sabotage"], run: checkRoles },
  { needs: ["people", "phases", "manners", "ramp", "for", "bounds"], run: checkDuration },
];

/** Fills what a draft leaves open and reports every number that cannot be. The result counts only if none was reported. */
export function completeScenario(draft: DraftPart, context: CheckContext): Scenario {
  const people = {
    protocol: draft.people?.protocol ?? 0,
    native: draft.people?.native ?? 0,
    browser: draft.people?.browser ?? 0,
  };
  const total = totalPeople(people);
  const scenario: Scenario = {
    name: draft.name ?? "",
    ...(draft.about === undefined ? {} : { about: draft.about }),
    people,
    talkers: draft.talkers ?? Math.min(DEFAULT_TALKERS, total),
    cameras: draft.cameras ?? Math.min(DEFAULT_CAMERAS, total),
    talkActivity: draft.talk?.activity ?? 1,
    filmActivity: draft.film?.activity ?? 1,
    senders: draft.senders ?? "at_once",
    graceMs: draft.grace ?? DEFAULT_GRACE_MS,
    seed: draft.seed ?? "1",
    media: {
      audioFrameMs: draft.media?.audioFrameMs ?? DEFAULT_MEDIA.audioFrameMs,
      videoFramesPerSecond: draft.media?.fps ?? DEFAULT_MEDIA.videoFramesPerSecond,
      videoFrameBytes: draft.media?.frameBytes ?? DEFAULT_MEDIA.videoFrameBytes,
    },
    manners: inOrder(RUDE, draft.manners),
    sabotage: inOrder(SABOTAGE, draft.sabotage),
    phases: completePhases(draft, total, context),
    expect: draft.expect ?? defaultExpectations(),
    bounds: completeBounds(draft.bounds),
  };
  for (const { needs, run } of CHECKS) {
    if (!needs.some((key) => context.badKeys.has(key))) run(scenario, context.report);
  }
  return scenario;
}

/** Who is where is not known if people, manners or the phases themselves have a fault; then nothing is said of it. */
function completePhases(draft: DraftPart, people: number, context: CheckContext): Phase[] {
  if (people === 0 || ["people", "manners", "phases"].some((key) => context.badKeys.has(key))) return [];
  return resolvePhases(draft.phases ?? DEFAULT_PHASES, {
    people,
    manners: inOrder(RUDE, draft.manners),
    ratePerSecond: draft.ramp ?? DEFAULT_RATE_PER_SECOND,
    durationMs: draft.for ?? DEFAULT_DURATION_MS,
    isEmbedded: context.isEmbedded,
    report: context.report,
  });
}

function completeBounds(draft: Draft["bounds"]): Bounds {
  return {
    maxPeople: draft?.maxPeople ?? DEFAULT_BOUNDS.maxPeople,
    maxDurationMs: draft?.maxDuration ?? DEFAULT_BOUNDS.maxDurationMs,
    maxBytes: draft?.maxBytes ?? DEFAULT_BOUNDS.maxBytes,
  };
}

function defaultExpectations(): Expectation[] {
  return DEFAULT_EXPECT.split(",").flatMap((text) => {
    const parsed = parseExpectation(text);
    return parsed.isSound ? [parsed.expectation] : [];
  });
}

function checkPeople({ people }: Scenario, report: ReportFault): void {
  if (totalPeople(people) === 0) report(["people"], "must be at least one.");
}

function checkSenders(key: "talkers" | "cameras", scenario: Scenario, report: ReportFault): void {
  const people = totalPeople(scenario.people);
  if (scenario[key] > people) report([key], `must be at most as many as people, ${people}, not ${scenario[key]}.`);
}

function checkMaxPeople({ people, bounds }: Scenario, report: ReportFault): void {
  const total = totalPeople(people);
  if (total <= bounds.maxPeople) return;
  report(
    ["people"],
    `must be at most bounds.maxPeople, ${bounds.maxPeople}, not ${total}; raise it with --max-people.`,
  );
}

/** Only protocol bots are rude or broken, one role each, and some roles show only in what is sent. */
function checkRoles({ people, talkers, cameras, manners, sabotage }: Scenario, report: ReportFault): void {
  const roles = Object.entries({ ...manners, ...sabotage });
  const total = roles.reduce((sum, [, count]) => sum + count, 0);
  const place = Object.keys(sabotage).length > 0 ? "sabotage" : "manners";
  if (total > people.protocol) {
    report([place], `must leave one role a bot: ${total} roles are more than ${people.protocol} protocol bots.`);
    return;
  }
  const sending = roles.reduce((sum, [role, count]) => sum + (NEED_SENDER.has(role as never) ? count : 0), 0);
  const all = totalPeople(people);
  if (talkers > all || cameras > all) return;
  const senders = Math.max(spread(talkers, people).protocol, spread(cameras, people).protocol);
  if (sending <= senders) return;
  report([place], `needs ${sending} protocol bots that talk or film, but only ${senders} do; add talkers or cameras.`);
}

function checkDuration({ phases, bounds }: Scenario, report: ReportFault): void {
  const totalMs = phases.reduce((sum, phase) => sum + phaseDurationMs(phase), 0);
  if (totalMs <= bounds.maxDurationMs) return;
  const [total, bound] = [totalMs, bounds.maxDurationMs].map(showDuration);
  report(["phases"], `must end within bounds.maxDuration, ${bound}, but take ${total}; raise it with --max-duration.`);
}

/** Counts above 0 in the order of `keys`, so that a plan does not depend on how a file is written. */
function inOrder<Key extends string>(
  keys: readonly Key[],
  counts: Readonly<Partial<Record<Key, number | undefined>>> | undefined,
): Partial<Record<Key, number>> {
  const entries = keys.flatMap((key) => {
    const count = counts?.[key] ?? 0;
    return count > 0 ? [[key, count] as const] : [];
  });
  return Object.fromEntries(entries) as Partial<Record<Key, number>>;
}
