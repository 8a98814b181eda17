import { settlePromises } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { handOnInTurn } from "./handOnInTurn.ts";

const SYNC = "https://hs.example/_matrix/client/v3/sync?timeout=30000";

let nowMs: number;
let turns: (() => void)[];

beforeEach(() => {
  nowMs = 1_000;
  turns = [];
});

describe("handOnInTurn", () => {
  it("hands syncs on in the order of their arrival, until others must have a turn", async () => {
    const done: string[] = [];
    const fetch = fairFetch(() => Promise.resolve(Response.json({})));
    // What is done with an answer takes 60 ms.
    const ask = async (name: string, address = SYNC): Promise<void> => {
      await fetch(address);
      nowMs += 60;
      done.push(name);
    };

    const all = ["a", "b", "c", "d"].map((name) => ask(name));
    await settlePromises();
    expect(done).toEqual([]);
    turns[0]?.();
    await settlePromises();
    expect(done).toEqual(["a", "b"]);

    turns[1]?.();
    await Promise.all(all);
    expect(done).toEqual(["a", "b", "c", "d"]);
  });

  it("lets everything else pass at once", async () => {
    const fetch = fairFetch(() => Promise.resolve(Response.json({})));
    void fetch(SYNC);

    await expect(fetch("https://hs.example/_matrix/client/v3/keys/query")).resolves.toHaveProperty("ok", true);
  });

  it("hands on the next sync after one that failed", async () => {
    const answers = [Promise.reject(new TypeError("lost")), Promise.resolve(Response.json({}))];
    const fetch = fairFetch(() => answers.shift() ?? Promise.reject(new Error("Nobody asks a third time")));

    await expect(fetch(SYNC)).rejects.toThrow("lost");
    const next = fetch(SYNC);
    await settlePromises();
    turns[0]?.();
    await expect(next).resolves.toHaveProperty("ok", true);
  });
});

function fairFetch(honest: typeof globalThis.fetch): typeof globalThis.fetch {
  return handOnInTurn(honest, {
    nowMs: () => nowMs,
    async settled() {
      for (let round = 0; round < 8; round += 1) await Promise.resolve();
    },
    nextTurn: () => new Promise((resolve) => void turns.push(resolve)),
  });
}
