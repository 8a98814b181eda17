import { NO_CALL_STATISTICS } from "@conclave/call";
import { describe, expect, it } from "vitest";

import type { PageTotals, WatchedCall } from "./adapters/page/CallWatch.ts";
import { bytesOf, keysOf, sentOf } from "./pageReports.ts";

const EMPTY: PageTotals = {
  readAtMs: 900,
  ownUserId: undefined,
  streams: [],
  engine: [],
  sent: [],
  mediaBytes: { sent: 0, received: 0 },
  calls: [],
};

describe("sentOf", () => {
  it("ends what a page that is gone was sending when it was last read, and leaves the running one open", () => {
    const open = { kind: "audio", fromMs: 100, frames: 4 } as const;
    const closed = { ...open, toMs: 300 };

    const sent = sentOf([{ ...EMPTY, sent: [closed, open] }], { ...EMPTY, sent: [open] });

    expect(sent).toEqual([closed, { ...open, toMs: 900 }, open]);
  });
});

describe("bytesOf", () => {
  it("adds up what all pages carried", () => {
    const pages = [1, 20].map((sent) => ({ ...EMPTY, mediaBytes: { sent, received: 300 } }));

    expect(bytesOf(pages)).toEqual({ sent: 21, received: 600 });
  });
});

describe("keysOf", () => {
  it("adds up the calls of all pages and leaves out reasons that did not occur", () => {
    const statistics = {
      ...NO_CALL_STATISTICS,
      keysInstalled: 2,
      keysRejected: { cleartext: 1, stale: 0 },
      keysCreated: 2,
      keysSent: 3,
    };
    const call: WatchedCall = { marks: {}, statistics };
    const without: WatchedCall = { marks: {}, statistics: { ...statistics, keysCreated: 0, keysSent: 0 } };

    const keys = keysOf([
      { ...EMPTY, calls: [call, without] },
      { ...EMPTY, calls: [call] },
    ]);

    expect(keys).toEqual({ created: 4, sent: 6, installed: 6, rejected: { cleartext: 3 } });
  });
});
