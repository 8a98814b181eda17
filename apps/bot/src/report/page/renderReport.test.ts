import { createHash } from "node:crypto";

import { describe, expect, it } from "vitest";

import type { SwarmReport } from "../swarmReport.ts";
import { parseSwarmReport } from "../swarmReport.ts";
import { exampleReport } from "../testing/exampleReports.ts";
import { TINY_PNG } from "../testing/tinyPng.ts";
import { renderReport } from "./renderReport.ts";

const HOSTILE = `</script><img src=x onerror="alert('1')">`;
const OPTIONS = { people: 36, talkers: 8, cameras: 2, durationMs: 60_000 };

function headlineOf(report: SwarmReport): string | undefined {
  return /<h1>(.*?)<\/h1>/.exec(renderReport(report))?.[1];
}

function inline(page: string): string {
  return /id="report">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
}

describe("renderReport", () => {
  const good = exampleReport({ ...OPTIONS, isBroken: false });
  const broken = exampleReport({ ...OPTIONS, isBroken: true });

  it("says in one line what was proved", () => {
    const page = renderReport(good);
    expect(page).toContain("<h1>Everything was decrypted.</h1>");
    expect(page).toContain("<b>36 of 36 people</b> got in; <b>350 of 350 expected streams</b> were decrypted in time");
  });

  it("does not look proved if it is not", () => {
    expect(headlineOf(broken)).toMatch(/^\d+ of 350 streams were not decrypted\.$/);
    expect(headlineOf({ ...good, bots: [] })).toBe("Nobody was heard, so nothing is proved.");
    expect(headlineOf({ ...good, isVoid: true, voidReason: "Too slow." })).toBe(
      "The swarm was too slow to prove anything.",
    );
    const unheld = good.expectations.map((expectation) => ({ ...expectation, holds: false }));
    expect(headlineOf({ ...good, expectations: unheld })).toBe("Everything was decrypted, but not as expected.");
    const finding = { atMs: 0, bot: 3, code: "rotation_missing", sentence: "Bot 3 could still decrypt bot 1." };
    expect(headlineOf({ ...good, findings: [finding] })).toBe("Somebody could listen who was not in the call.");
    expect(renderReport({ ...good, findings: [finding] })).toContain('<p class="stamp broken">');
    expect(renderReport(good)).toContain('<p class="stamp held">');
  });

  it("does not look whole if it was cut short", () => {
    const finding = { atMs: 0, code: "byte_limit_reached", sentence: "The bots carried more media than the bound." };
    const page = renderReport({ ...good, findings: [finding] });
    expect(page).toContain("<h1>Everything was decrypted until the run was cut short.</h1>");
    expect(page).toContain('<p class="stamp broken">');
    expect(page).toContain('<p>The bots carried more media than the bound.</p><span class="tag">cut short</span>');
  });

  it("says how much media there was", () => {
    const bots = good.bots.map((bot) => ({ ...bot, mediaBytes: { sent: 1e6, received: 50e6 } }));
    expect(renderReport({ ...good, bots })).toContain("<dt>Media</dt><dd>36 MB sent, 1.8 GB received</dd>");
  });

  it("tells each sabotage in a sentence", () => {
    const page = renderReport(broken).replaceAll("&#39;", "'");
    expect(page).toContain("so bot 1 damages them.");
    expect(page).toContain("Bot 2 sends without encryption");
    expect(page).toContain("so bot 3 did not rotate its key in time.");
    expect(page).toContain("so the key message to bot 17 was lost.");
    expect(page).toContain("so the SFU does not forward this one subscription.");
  });

  it("asks for nothing from outside and lets only its own script and style run", () => {
    const page = renderReport(broken);
    expect(page).not.toMatch(/<[^>]*\s(?:src|href|action|style)=/);
    expect(page).not.toMatch(/url\(|@import/);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll("&#39;", "'") ?? "";
    expect(policy).toContain("default-src 'none'");
    const script = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text ?? "");
    expect(script).toHaveLength(1);
    expect(policy).toContain(
      `script-src 'sha256-${createHash("sha256")
        .update(script[0] ?? "")
        .digest("base64")}'`,
    );
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? "";
    expect(policy).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`);
  });

  it("carries what browsers saw inside itself, and says nothing of it where there were none", () => {
    const page = renderReport(good, [{ bot: 12, png: TINY_PNG }]);
    const sources = [...page.matchAll(/\ssrc="([^"]*)"/g)].map(([, source]) => source);
    expect(sources).toEqual([`data:image/png;base64,${Buffer.from(TINY_PNG).toString("base64")}`]);
    expect(page).toContain('alt="The call as bot 12 saw it"');
    expect(page).toContain("img-src data:;");
    expect(renderReport(good)).not.toContain("What the browsers saw");
  });

  it("shows no more pictures than a file can bear, and says where the others are", () => {
    const many = Array.from({ length: 40 }, (_, bot) => ({ bot, png: TINY_PNG }));
    const page = renderReport(good, many);
    expect(page.match(/<img /g)).toHaveLength(12);
    expect(page).toContain("12 of 40 are here; the folder samples beside this file has all.");
    const large = Array.from({ length: 6 }, (_, bot) => ({ bot, png: new Uint8Array(2_000_000) }));
    expect(renderReport(good, large).match(/<img /g)).toHaveLength(4);
  });

  it("shows hostile text as text, wherever it comes from", () => {
    const [bot, ...bots] = good.bots;
    if (!bot) throw new Error("the example has bots");
    const failure = { code: HOSTILE, evidence: HOSTILE };
    const page = renderReport({
      ...good,
      scenario: { ...good.scenario, name: HOSTILE },
      seed: HOSTILE,
      target: HOSTILE,
      bots: [{ ...bot, stays: bot.stays.map((stay) => ({ ...stay, failure })) }, ...bots],
      findings: [{ atMs: 0, code: HOSTILE, sentence: HOSTILE }],
      faults: [{ cause: HOSTILE, side: HOSTILE, streams: 1, examples: [], sentence: HOSTILE }],
      expectations: [{ text: HOSTILE, holds: false, sentence: HOSTILE }],
      counters: { sfu: { [HOSTILE]: 1 } },
      resources: good.resources.map((sample) => ({ ...sample, part: HOSTILE })),
      shards: good.shards.map((shard) => ({
        ...shard,
        machine: { ...shard.machine, cpu: HOSTILE, platform: HOSTILE, node: HOSTILE },
      })),
    });
    expect(page).not.toContain("<img");
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });

  it("carries its own data, and leaves single streams out where they are too many", () => {
    expect(parseSwarmReport(inline(renderReport(good)))).toEqual(good);
    const [sample] = good.resources;
    if (!sample) throw new Error("the example has resources");
    const huge = { ...good, resources: Array.from({ length: 60_000 }, () => sample) };
    const page = renderReport(huge);
    expect(JSON.parse(inline(page))).not.toHaveProperty("bots");
    expect(page).toContain("it is in report.json beside it");
  });
});
