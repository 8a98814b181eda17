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
    news.weigh(QUIET);

    expect(news.weigh({ ...QUIET })).toBe("none");
  });

  it("lets a changed count or a used fallback key wait", () => {
    const news = new CryptoNews();
    news.weigh(QUIET);

    expect(news.weigh({ ...QUIET, oneTimeKeyCounts: new Map([["signed_curve25519", 49]]) })).toBe("later");
    expect(news.weigh({ ...QUIET, unusedFallbackKeys: [] })).toBe("later");
  });

  it("hurries with messages and changed devices", () => {
    const news = new CryptoNews();
    news.weigh(QUIET);

    expect(news.weigh({ ...QUIET, toDevice: [{}] })).toBe("now");
    expect(news.weigh({ ...QUIET, changedUsers: ["@bob:example.org"] })).toBe("now");
    expect(news.weigh({ ...QUIET, leftUsers: ["@bob:example.org"] })).toBe("now");
  });
});
