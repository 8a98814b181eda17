import { describe, expect, it } from "vitest";

import type { BotReport } from "../model.ts";
import { endReports } from "./endReports.ts";

const REPORT: BotReport = {
  number: 1,
  tier: "protocol",
  manners: "polite",
  stays: [{ askedAtMs: 1_000, marks: {} }],
  sent: [],
  received: [],
  keys: { created: 0, sent: 0, installed: 1, rejected: {} },
  findings: [],
};

describe("endReports", () => {
  it("keeps what was seen until the end, and takes from later how the bot left", () => {
    const findings = [{ atMs: 9_000, bot: 1, code: "clean_up_failed", sentence: "Something could not be ended." }];
    const stays = [{ askedAtMs: 1_000, leftAtMs: 9_000, marks: {} }];
    const keys = { ...REPORT.keys, installed: 300 };

    expect(endReports([REPORT], [{ ...REPORT, stays, findings, keys }])).toEqual([{ ...REPORT, stays, findings }]);
  });

  it("keeps a bot that was not heard of again", () => {
    expect(endReports([REPORT], [])).toEqual([REPORT]);
  });
});
