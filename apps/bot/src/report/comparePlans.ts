import type { SwarmReport } from "./swarmReport.ts";

export interface PlanComparison {
  /** True if the same bots did the same joins and leaves in the same order and sent the same media, from the same seed. */
  readonly isSamePlan: boolean;
  /** One sentence: what is the same, or the first thing that differs. */
  readonly planSentence: string;
}

/** Steps closer than this may change places: machines do not do them in the same millisecond. */
const ORDER_SLACK_MS = 1000;

interface Step {
  /** Since the first step of all. */
  readonly ms: number;
  /** `bot 3 joins`, `bot 3 joins (2)`. */
  readonly name: string;
}

/** Whether two runs did the same. Joins and leaves count when they were asked for; what came of them is not the plan's. */
export function comparePlans(a: SwarmReport, b: SwarmReport): PlanComparison {
  if (a.scenario.name !== b.scenario.name) {
    return differs(`The scenarios differ: "${a.scenario.name}" and "${b.scenario.name}".`);
  }
  if (a.seed !== b.seed) return differs(`The seeds differ: "${a.seed}" and "${b.seed}".`);
  if (a.bots.length !== b.bots.length) return differs(`There were ${a.bots.length} bots, and ${b.bots.length}.`);
  const [left, right] = [stepsOf(a), stepsOf(b)];
  const unmatched = findUnmatched(left, right);
  if (unmatched !== undefined) return differs(`Only one of the runs had this: ${unmatched}.`);
  const moved = findMoved(left, right);
  if (moved !== undefined) return differs(`The order differs: ${moved} came at another place.`);
  const sender = a.bots.find((bot, index) => mediaOf(bot) !== mediaOf(b.bots[index]));
  if (sender !== undefined)
    return differs(`The media differ: bot ${sender.number} sent other kinds, or was of another sort.`);
  return {
    isSamePlan: true,
    planSentence: `Both had the same ${left.length} joins and leaves in the same order, from seed "${a.seed}".`,
  };
}

function differs(planSentence: string): PlanComparison {
  return { isSamePlan: false, planSentence };
}

function stepsOf(report: SwarmReport): Step[] {
  const steps = report.bots.flatMap(({ number, stays }) =>
    stays.flatMap(({ askedAtMs, leftAtMs }, index) => {
      const nth = index === 0 ? "" : ` (${index + 1})`;
      const join = { ms: askedAtMs, name: `bot ${number} joins${nth}` };
      return leftAtMs === undefined ? [join] : [join, { ms: leftAtMs, name: `bot ${number} leaves${nth}` }];
    }),
  );
  const inOrder = steps.toSorted((a, b) => a.ms - b.ms);
  const startMs = inOrder[0]?.ms ?? 0;
  return inOrder.map(({ ms, name }) => ({ ms: ms - startMs, name }));
}

function findUnmatched(left: readonly Step[], right: readonly Step[]): string | undefined {
  const [leftNames, rightNames] = [left, right].map((steps) => new Set(steps.map(({ name }) => name)));
  return [...left.filter(({ name }) => !rightNames?.has(name)), ...right.filter(({ name }) => !leftNames?.has(name))][0]
    ?.name;
}

/** A step that the right run did clearly before one which the left run had clearly done by then. */
function findMoved(left: readonly Step[], right: readonly Step[]): string | undefined {
  const rightMs = new Map(right.map(({ name, ms }) => [name, ms]));
  let settled = 0;
  let latestMs = -Infinity;
  for (const step of left) {
    for (; (left[settled]?.ms ?? Infinity) < step.ms - ORDER_SLACK_MS; settled += 1) {
      latestMs = Math.max(latestMs, rightMs.get(left[settled]?.name ?? "") ?? -Infinity);
    }
    if ((rightMs.get(step.name) ?? Infinity) < latestMs - ORDER_SLACK_MS) return step.name;
  }
  return undefined;
}

function mediaOf(bot: SwarmReport["bots"][number] | undefined): string {
  const kinds = [...new Set(bot?.sent.map(({ kind }) => kind))].toSorted();
  return JSON.stringify([bot?.number, bot?.tier, bot?.manners, kinds]);
}
