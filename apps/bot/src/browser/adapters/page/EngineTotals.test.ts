import type { TransformReport } from "@conclave/frame-crypto";
import { expect, it } from "vitest";

import { EngineTotals } from "./EngineTotals.ts";

const NOTHING = {
  decrypted: 0,
  empty: 0,
  missing_key: 0,
  auth_failed: 0,
  replayed: 0,
  malformed: 0,
  passthrough: 0,
};

function reportOf(transformId: string, counts: Partial<typeof NOTHING>): TransformReport {
  const ownerId = "camera @alice:x:D1";
  return { transformId, ownerId, kind: "video", direction: "receive", counts: { ...NOTHING, ...counts }, state: "ok" };
}

it("adds up the transforms of a track, and tells when frames came", () => {
  const engine = new EngineTotals();

  engine.note(reportOf("t1", {}), 100);
  engine.note(reportOf("t1", { missing_key: 2 }), 200);
  engine.note(reportOf("t1", { missing_key: 2, decrypted: 5 }), 300);
  engine.note(reportOf("t1", { missing_key: 2, decrypted: 5 }), 400);
  engine.note(reportOf("t2", { decrypted: 1 }), 500);

  expect(engine.read()).toEqual([
    {
      ownerId: "camera @alice:x:D1",
      kind: "video",
      direction: "receive",
      counts: { ...NOTHING, missing_key: 2, decrypted: 6 },
      firstAtMs: 200,
      lastAtMs: 500,
    },
  ]);
});

it("counts what was sent by kind", () => {
  const engine = new EngineTotals();
  const counts = { encrypted: 7, empty: 1, dropped_no_key: 2, dropped_unsupported: 0, dropped_fault: 0 };
  engine.note({ ...reportOf("s1", {}), ownerId: "own", direction: "send", counts }, 0);

  expect([engine.sent("video"), engine.sent("audio")]).toEqual([7, 0]);
});

it("does not count tracks beyond its limit", () => {
  const engine = new EngineTotals();
  for (let index = 0; index < 2_000; index++) engine.note({ ...reportOf("t", {}), ownerId: `o${index}` }, 0);

  expect(engine.read()).toHaveLength(1_024);
});
