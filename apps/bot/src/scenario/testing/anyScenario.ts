import * as fc from "fast-check";

/** Sound scenarios of every phase, as plain values that `checkScenario` takes. */
export function anyScenario(): fc.Arbitrary<{ name: string; people: { protocol: number } }> {
  return fc
    .record({
      protocol: fc.integer({ min: 12, max: 40 }),
      native: fc.integer({ min: 0, max: 4 }),
      browser: fc.integer({ min: 0, max: 3 }),
      talkers: fc.integer({ min: 0, max: 12 }),
      cameras: fc.integer({ min: 4, max: 12 }),
      activity: fc.constantFrom(0.1, 0.3, 0.5, 0.9, 1),
      filmActivity: fc.constantFrom(0.2, 0.7, 1),
      seed: fc.string({ minLength: 1, maxLength: 8 }).filter((seed) => seed.trim() !== ""),
      rate: fc.constantFrom("1/s", "3/s", "7/s", "50/min"),
      rest: fc.array(fc.constantFrom(...REST), { maxLength: 5 }),
      manners: fc.constantFrom<object>({}, { silent_leaver: 2, late_reader: 1 }, { flapper: 2, silent_leaver: 1 }),
      sabotage: fc.constantFrom<object>({}, { flip_bit: 1, drop_subscription: 1 }),
    })
    .map(({ protocol, native, browser, activity, filmActivity, rate, rest, ...others }) => ({
      ...others,
      name: "party",
      people: { protocol, native, browser },
      talk: { activity },
      film: { activity: filmActivity },
      phases: [{ phase: "ramp", rate }, ...rest.flat(), { phase: "hold", for: "10s" }],
    }));
}

/** Each leaves at least as many in the call as the next may need: at most five times two are kicked out of twelve. */
const REST: readonly (readonly object[])[] = [
  [{ phase: "hold", for: "7s" }],
  [{ phase: "churn", for: "20s", leaves: "10/min", vanish: "30%" }],
  [
    { phase: "leave_wave", people: 1, within: "3ms" },
    { phase: "storm", people: 1, within: "2ms" },
    { phase: "leave_wave", people: 1, within: "1ms", vanish: "50%" },
    { phase: "ramp", rate: "9/s" },
  ],
  [
    { phase: "leave_wave", share: "1%", within: "2s" },
    { phase: "storm", people: 1, within: "1s" },
  ],
  [{ phase: "kick", people: 1, within: "1s" }],
  [{ phase: "kick", people: 1 }],
  [{ phase: "restart", part: "all" }],
  [{ phase: "network", share: "30%", for: "5s", delay: "100ms", jitter: "10ms", loss: "2%" }],
];
