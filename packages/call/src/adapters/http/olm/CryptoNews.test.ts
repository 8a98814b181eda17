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

  it("lets a changed count or a used fallback key wait", () => {
    const news = new CryptoNews();
    news.sort(QUIET);
    const fewer = { ...QUIET, oneTimeKeyCounts: new Map([["signed_curve25519", 49]]) };

    expect(news.sort(fewer)).toEqual({ now: undefined, later: fewer });
    expect(news.sort({ ...fewer, unusedFallbackKeys: [] }).later?.unusedFallbackKeys).toEqual([]);
  });

  it("hurries with messages and changed devices, and leaves the counts beside them for later", () => {
    const news = new CryptoNews();
    const message = { ...QUIET, toDevice: [{}] };

    expect(news.sort(message)).toEqual({
      now: { ...message, oneTimeKeyCounts: undefined, unusedFallbackKeys: undefined },
      later: QUIET,
    });
    expect(news.sort({ ...QUIET, changedUsers: ["@bob:example.org"] }).now?.changedUsers).toHaveLength(1);
    expect(news.sort({ ...QUIET, leftUsers: ["@bob:example.org"] }).now?.leftUsers).toHaveLength(1);
  });
});
