import { describe, expect, it } from "vitest";

import { LabCall } from "./LabCall.ts";
import { MOVES, type MoveName } from "./moves.ts";

const MOVE_NAMES = Object.keys(MOVES) as MoveName[];
/** T2: from the first foreign frame to the alarm. */
const ALARM_WITHIN_MS = 1_000;
/** Time to record, and more than a transform's state lasts. */
const WARM_UP_MS = 4_800;
const MOVE_MS = 3_600;

describe("a hostile SFU", () => {
  it.each(MOVE_NAMES)("that %s shows nothing of it, is found out, and the state tells the truth", async (name) => {
    const { effect, alarms } = MOVES[name];
    const call = await LabCall.open();
    await call.pass(WARM_UP_MS);
    expect(call.reports.filter(({ alarm }) => alarm !== undefined)).toEqual([]);
    const startedAtMs = call.nowMs;
    call.sfu.begin(name, "alice");

    await call.pass(MOVE_MS);

    // What was decoded is what alice made, each frame once.
    const shown = call.shown.map((frame) => frame.toString("latin1"));
    expect(shown.filter((frame) => !call.made.has(frame))).toEqual([]);
    expect(new Set(shown).size).toBe(shown.length);
    for (const kind of ["audio", "video"] as const) {
      const reports = call.reports.filter((report) => report.kind === kind);
      const raised = reports.find(({ alarm, atMs }) => alarm !== undefined && atMs >= startedAtMs);
      if (alarms.length === 0) expect(raised).toBeUndefined();
      else {
        console.log(`hostile SFU ${name}, ${kind}: ${raised?.alarm} after ${raised!.atMs - startedAtMs} ms`);
        expect(alarms).toContain(raised?.alarm);
        expect(raised!.atMs - startedAtMs).toBeLessThanOrEqual(ALARM_WITHIN_MS);
      }
      const isCut = effect === "replaces" || name === "delays everything";
      if (name === "delays everything") continue;
      expect(reports.at(-1)?.state === "ok").toBe(!isCut);
    }
  });

  it("that lets go is forgotten: everything is shown again, and the alarm ends", async () => {
    const call = await LabCall.open();
    await call.pass(WARM_UP_MS);
    call.sfu.begin("flips bits", "alice");
    await call.pass(MOVE_MS);
    const before = call.shown.length;

    call.sfu.rest();
    await call.pass(MOVE_MS);

    expect(call.shown.length - before).toBe(MOVE_MS / 20 + MOVE_MS / 60);
    expect(call.reports.at(-1)).toMatchObject({ state: "ok" });
    expect(call.reports.at(-1)?.alarm).toBeUndefined();
  });
});
