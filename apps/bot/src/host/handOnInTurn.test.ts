import { settlePromises } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import { handOnInTurn } from "./handOnInTurn.ts";

const SYNC = "https://hs.example/_matrix/client/v3/sync?timeout=30000";

describe("handOnInTurn", () => {
  it("hands on one sync in each turn, in the order of their arrival, and everything else at once", async () => {
    const turns: (() => void)[] = [];
    const arrived: string[] = [];
    const honest: typeof globalThis.fetch = () => Promise.resolve(Response.json({}));
    const fetch = handOnInTurn(honest, () => new Promise((resolve) => void turns.push(resolve)));
    const ask = (name: string, address: string): void => void fetch(address).then(() => arrived.push(name));

    ask("first", SYNC);
    ask("second", SYNC);
    ask("keys", "https://hs.example/_matrix/client/v3/keys/query");
    await settlePromises();
    expect(arrived).toEqual(["keys"]);

    turns[0]?.();
    await settlePromises();
    expect(arrived).toEqual(["keys", "first"]);
    expect(turns).toHaveLength(2);

    turns[1]?.();
    await settlePromises();
    expect(arrived).toEqual(["keys", "first", "second"]);
  });

  it("hands on the next sync after one that failed", async () => {
    const answers = [Promise.reject(new TypeError("lost")), Promise.resolve(Response.json({}))];
    const fetch = handOnInTurn(
      () => answers.shift() ?? fail(),
      () => Promise.resolve(),
    );

    await expect(fetch(SYNC)).rejects.toThrow("lost");
    await expect(fetch(SYNC)).resolves.toHaveProperty("ok", true);
  });
});

function fail(): never {
  throw new Error("Nobody asks a third time");
}
