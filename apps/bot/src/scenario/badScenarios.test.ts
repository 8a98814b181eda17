import { describe, expect, it } from "vitest";

import { readScenario } from "./readScenario.ts";
import { ScenarioError } from "./ScenarioError.ts";

const KNOWN =
  "name, about, people, talkers, cameras, talk, film, senders, ramp, for, grace, seed, media, manners, sabotage, phases, expect, bounds";
const PHASES = "ramp, hold, churn, storm, leave_wave, kick, restart, network";

/** What follows `name` and ten protocol bots, from line 3 on, and the sentence that it earns. */
const ADDED: readonly (readonly [string, string])[] = [
  ["colour: red", `line 3: colour is not known; known here: ${KNOWN}.`],
  ["talk: { loud: 1 }", "line 3: talk.loud is not known; known here: activity."],
  ["talkers: 11", "line 3: talkers must be at most as many as people, 10, not 11."],
  ["cameras: 12", "line 3: cameras must be at most as many as people, 10, not 12."],
  ["talkers: -1", "line 3: talkers must be a whole number from 0 to 10000, not -1."],
  ["talkers: 1.5", "line 3: talkers must be a whole number from 0 to 10000, not 1.5."],
  ["talkers: many", 'line 3: talkers must be a whole number from 0 to 10000, not "many".'],
  ["talkers:", "line 3: talkers must be a whole number from 0 to 10000, not empty."],
  ["cameras: .inf", "line 3: cameras must be a whole number from 0 to 10000, not Infinity."],
  ["talk: { activity: 0.05 }", "line 3: talk.activity must be a number from 0.1 to 1, not 0.05."],
  ["film: { activity: 2 }", "line 3: film.activity must be a number from 0.1 to 1, not 2."],
  ["talk: loud", 'line 3: talk must be a mapping with keys of activity, not "loud".'],
  ["ramp: 0/s", 'line 3: ramp must be a rate such as 2/s, above 0 and up to 1000/s, not "0/s".'],
  ["ramp: -2/s", 'line 3: ramp must be a rate such as 2/s, above 0 and up to 1000/s, not "-2/s".'],
  ["ramp: 2", "line 3: ramp must be a rate such as 2/s, above 0 and up to 1000/s, not 2."],
  ["ramp: 2/fortnight", 'line 3: ramp must be a rate such as 2/s, above 0 and up to 1000/s, not "2/fortnight".'],
  ["for: -5s", 'line 3: for must be a time such as 90s or 5m, from 1 s to 24 h, not "-5s".'],
  ["for: 60", "line 3: for must be a time such as 90s or 5m, from 1 s to 24 h, not 60."],
  ["for: 25h", 'line 3: for must be a time such as 90s or 5m, from 1 s to 24 h, not "25h".'],
  ["seed: []", "line 3: seed must be a whole number, or a text of 1 to 200 characters, not a list."],
  ['seed: " "', 'line 3: seed must be a whole number, or a text of 1 to 200 characters, not " ".'],
  ["media: { audioFrameMs: 30 }", "line 3: media.audioFrameMs must be 20, 40 or 60, not 30."],
  ["media: { fps: 0 }", "line 3: media.fps must be a whole number from 1 to 60, not 0."],
  ["media: { frameBytes: 1 }", "line 3: media.frameBytes must be a whole number from 64 to 100000, not 1."],
  [
    "manners: { rude: 1 }",
    "line 3: manners.rude is not known; known here: silent_leaver, late_reader, key_withholder, junk_sender, flapper, slow_network.",
  ],
  ["manners: { flapper: -1 }", "line 3: manners.flapper must be a whole number from 0 to 10000, not -1."],
  ["manners: { flapper: 11 }", "line 3: manners must leave one role a bot: 11 roles are more than 10 protocol bots."],
  [
    "sabotage: { unplug: 1 }",
    "line 3: sabotage.unplug is not known; known here: rotation_off, lose_key, flip_bit, drop_subscription, encryption_off.",
  ],
  [
    "talkers: 1\ncameras: 1\nsabotage: { flip_bit: 2 }",
    "line 5: sabotage needs 2 protocol bots that talk or film, but only 1 do; add talkers or cameras.",
  ],
  ["phases: []", "line 3: phases must have at least one phase."],
  [
    "phases: { phase: ramp }",
    "line 3: phases must be a list of phases, such as [{ phase: ramp }, { phase: hold, for: 60s }].",
  ],
  ["phases:\n  - phase: ramp\n  - phase: party", `line 5: phases[1].phase must be one of ${PHASES}.`],
  ["phases:\n  - ramp", `line 4: phases[0] must be a mapping with a phase: ${PHASES}.`],
  ["phases:\n  - phase: ramp\n    speed: 3", "line 5: phases[0].speed is not known; known here: phase, people, rate."],
  [
    "phases:\n  - { phase: ramp, people: 11 }",
    "line 4: phases[0].people must be at most 10, because only 10 can join then, not 11.",
  ],
  [
    "phases:\n  - phase: ramp\n  - phase: storm\n    people: 3\n    within: 2s",
    "line 6: phases[1].people must be at most 0, because nobody can join then, not 3.",
  ],
  [
    "phases:\n  - phase: ramp\n  - phase: ramp",
    "line 5: phases[1].phase must not be a ramp here, because everybody is in the call already.",
  ],
  [
    "phases:\n  - { phase: storm, people: 3 }",
    "line 4: phases[0].within is missing; it must be a time such as 90s or 5m, from 1 ms to 24 h.",
  ],
  [
    "phases:\n  - { phase: leave_wave, people: 3, within: 1s }",
    "line 4: phases[0].people must be at most 0, because nobody can leave then, not 3.",
  ],
  [
    "phases:\n  - { phase: ramp }\n  - { phase: leave_wave, within: 1s }",
    "line 5: phases[1].people and share: exactly one of them must be given.",
  ],
  [
    "phases:\n  - { phase: ramp }\n  - { phase: leave_wave, people: 2, share: 50%, within: 1s }",
    "line 5: phases[1].people and share: exactly one of them must be given.",
  ],
  [
    "phases:\n  - { phase: ramp }\n  - { phase: leave_wave, share: 0%, within: 1s }",
    'line 5: phases[1].share must be a share such as 20%, above 0% to 100%, not "0%".',
  ],
  [
    "manners: { flapper: 8 }\nphases:\n  - { phase: ramp }\n  - { phase: kick, people: 3 }",
    "line 6: phases[1].people must be at most 2, because only 2 can leave then, not 3.",
  ],
  [
    "phases:\n  - { phase: ramp }\n  - { phase: churn, leaves: 3/s }",
    "line 5: phases[1].leaves takes out up to 18 people at once, but only 10 can leave then.",
  ],
  [
    "phases:\n  - { phase: ramp }\n  - { phase: churn, leaves: 3/min, for: 9s }",
    "line 5: phases[1].for must be at least 10 s, so that people come back before the churn ends.",
  ],
  [
    "phases:\n  - { phase: ramp }\n  - { phase: restart, part: moon }",
    'line 5: phases[1].part must be one of sfu, homeserver, all, not "moon".',
  ],
  [
    "phases:\n  - { phase: network, share: 120%, loss: 5% }",
    'line 4: phases[0].share must be a share such as 20%, above 0% to 100%, not "120%".',
  ],
  [
    "phases:\n  - { phase: network, share: 20%, delay: -1ms }",
    'line 4: phases[0].delay must be a time such as 200ms, from 0s to 24 h, not "-1ms".',
  ],
  [
    "bounds: { maxDuration: 1m }\nfor: 5m",
    "party.yaml: phases must end within bounds.maxDuration, 60 s, but take 5.083 min; raise it with --max-duration.",
  ],
  [
    "bounds: { maxPeople: 9 }",
    "line 2: people must be at most bounds.maxPeople, 9, not 10; raise it with --max-people.",
  ],
  ["bounds: { maxBytes: 0GB }", 'line 3: bounds.maxBytes must be a size such as 500MB or 20GB, above 0, not "0GB".'],
  ["expect: 3", "line 3: expect must be a list such as [pairs=100%, first-frame.p95<2s]."],
  [
    "expect:\n  - pairs=100%\n  - first-frame<2s",
    "line 5: expect[1] must say which number of first-frame is meant: first-frame.p50, first-frame.p95, first-frame.max, first-frame.count.",
  ],
  [
    "expect: [undecryptable.p95=0]",
    "line 3: expect[0] must name undecryptable without .p95, because it is one number.",
  ],
  ["expect: [pairs]", 'line 3: expect[0] must be like first-frame.p95<2s or undecryptable=0, not "pairs".'],
  ["talkers: !loud 3", "party.yaml line 3 is not YAML: Unresolved tag: !loud."],
  ["people: { native: 1 }", "party.yaml line 3 is not YAML: Map keys must be unique."],
];

/** Whole texts. */
const WHOLE: readonly (readonly [string, string])[] = [
  ["", `The scenario must be a mapping with keys of ${KNOWN}, not empty.`],
  ["- one\n- two", `line 1: The scenario must be a mapping with keys of ${KNOWN}, not a list.`],
  ["people: { protocol: 3 }", "party.yaml: name is missing; it must be a name of small letters, digits and dashes."],
  [
    "name: My Party\npeople: { protocol: 3 }",
    'line 1: name must be a name of small letters, digits and dashes, not "My Party".',
  ],
  ["name: party", "party.yaml: people is missing; it must be a mapping with keys of protocol, native, browser."],
  ["name: party\npeople: 3", "line 2: people must be a mapping with keys of protocol, native, browser, not 3."],
  [
    "name: party\npeople: { robots: 3, protocol: 1 }",
    "line 2: people.robots is not known; known here: protocol, native, browser.",
  ],
  ["name: party\npeople: { protocol: 0 }", "line 2: people must be at least one."],
  [
    "name: party\npeople: { browser: 3 }\nmanners: { late_reader: 1 }",
    "line 3: manners must leave one role a bot: 1 roles are more than 0 protocol bots.",
  ],
  ["name: party\npeople: { protocol: 3", "is not YAML"],
  [`name: ${"x".repeat(200_000)}`, "party.yaml must have at most 200000 characters."],
  [`name: [&a [x], ${"*a, ".repeat(120)}]`, "repeats itself by aliases"],
];

function faultsOf(text: string, isEmbedded = true): readonly string[] {
  try {
    readScenario(text, { source: "party.yaml", isEmbedded });
  } catch (error) {
    if (error instanceof ScenarioError && error.code === "bad_scenario")
      return error.faults.map((fault) => fault.sentence);
    throw error;
  }
  return [];
}

describe("a bad scenario", () => {
  it.each(ADDED)("is told of %j", (added, sentence) => {
    const faults = faultsOf(`name: party\npeople: { protocol: 10 }\n${added}\n`);

    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(sentence);
  });

  it.each(WHOLE)("is told of %j as a whole", (text, sentence) => {
    const faults = faultsOf(text);

    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(sentence);
    expect(faults[0]).not.toContain("\n");
  });

  it("may restart nothing but servers of its own", () => {
    const text =
      "name: party\npeople: { protocol: 1 }\nphases:\n  - { phase: ramp }\n  - { phase: restart, part: sfu }";

    expect(faultsOf(text, true)).toEqual([]);
    expect(faultsOf(text, false)).toEqual([
      "party.yaml line 5: phases[1].phase must not be restart with --url: only servers that the command itself started are restarted.",
    ]);
  });

  it("is told of all its faults together, each with its line", () => {
    const text = `name: party
people: { protocol: 10, robots: 3 }
talkers: 11
colour: red
ramp: fast
phases:
  - { phase: ramp }
  - { phase: kick, people: 12 }
expect: [pears=100%]
`;

    expect(faultsOf(text).map((sentence) => sentence.split(" ").slice(0, 4).join(" "))).toEqual([
      "party.yaml line 2: people.robots",
      "party.yaml line 5: ramp",
      "party.yaml line 9: expect[0]",
      "party.yaml line 4: colour",
      "party.yaml line 8: phases[1].people",
      "party.yaml line 3: talkers",
    ]);
  });
});
