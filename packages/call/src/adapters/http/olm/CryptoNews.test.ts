import { describe, expect, it } from "vitest";

import type { CryptoDelta } from "../parseSync.ts";
import { CryptoNews } from "./CryptoNews.ts";

const QUIET: CryptoDelta = {
  toDevice: [],
  changedUsers: [],
  leftUsers: [],
  oneTimeKeyCounts: new Map([["signed_curve25519", 50]]),
  unusedFallbackKeys: ["signed_curve25519"],
};

describe("CryptoNews", () => {
  it("finds nothing in a sync that repeats the counts", () => {
    const news = new CryptoNews();
    news.sort(QUIET);

    expect(news.sort({ ...QUIET })).toEqual({ now: undefined, later: undefined });
  });

  it("lets a low count or a used fallback key wait", () => {
    const news = new CryptoNews();
    news.sort(QUIET);
    const few = withCount(24);

    expect(news.sort(few)).toEqual({ now: undefined, later: few });
    expect(news.sort({ ...few, unusedFallbackKeys: [] }).later?.unusedFallbackKeys).toEqual([]);
    expect(news.sort({ ...QUIET, oneTimeKeyCounts: new Map() }).later).toBeDefined();
  });

  it("tells nothing of one-time keys as long as half of them are left", () => {
    const news = new CryptoNews();
    news.sort(QUIET);

    expect([49, 25, 50].map((count) => news.sort(withCount(count)).later)).toEqual([undefined, undefined, undefined]);
  });

  it("hurries with messages and changed devices, and leaves the counts beside them for later", () => {
    const news = new CryptoNews();
    const message = { ...QUIET, toDevice: [{}] };

    expect(news.sort(message)).toEqual({
      now: { ...message, oneTimeKeyCounts: undefined, unusedFallbackKeys: undefined },
      later: { ...message, toDevice: [] },
    });
    expect(news.sort({ ...QUIET, changedUsers: ["@bob:example.org"] }).now?.changedUsers).toHaveLength(1);
    expect(news.sort({ ...QUIET, leftUsers: ["@bob:example.org"] }).now?.leftUsers).toHaveLength(1);
  });
});

function withCount(count: number): CryptoDelta {
  return { ...QUIET, oneTimeKeyCounts: new Map([["signed_curve25519", count]]) };
}
