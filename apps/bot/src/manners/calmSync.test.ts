import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { calmSync } from "./calmSync.ts";

const SYNC = "https://hs.example/_matrix/client/v3/sync?timeout=30000";

let clock: FakeClock;
let asked: string[];
let fetch: typeof globalThis.fetch;

beforeEach(() => {
  clock = new FakeClock();
  asked = [];
  const honest: typeof globalThis.fetch = async (input) => {
    asked.push(`${clock.monotonicMs()} ${new Request(input).url.split("/").at(-1)}`);
    return Response.json({});
  };
  fetch = calmSync({ clock, fetch: honest }, 200);
});

describe("calmSync", () => {
  it("asks for the next sync no sooner than the interval after the last answer", async () => {
    await fetch(SYNC);
    const next = fetch(SYNC);
    await clock.advance(199);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    await next;

    expect(asked.map((line) => line.split(" ")[0])).toEqual(["0", "200"]);
  });

  it("does not wait after a pause, nor with anything but syncs", async () => {
    await fetch(SYNC);
    await clock.advance(5_000);
    await fetch(SYNC);
    await fetch("https://hs.example/_matrix/client/v3/keys/query");

    expect(asked.map((line) => line.split(" ")[0])).toEqual(["0", "5000", "5000"]);
  });

  it("gives up waiting when the request is given up", async () => {
    await fetch(SYNC);
    const abort = new AbortController();
    const next = fetch(SYNC, { signal: abort.signal });
    await settlePromises();
    abort.abort(new Error("over"));

    await expect(next).rejects.toThrow("over");
    expect(clock.pendingTimers).toBe(0);
  });
});
