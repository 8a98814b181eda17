import { describe, expect, it } from "vitest";

import { identityHash2, identityHash3, legacyIdentity, livekitRoomAlias } from "./index.ts";

describe("room alias and identity hashes", () => {
  it.each([
    ["!roomid:example.com", "slot1234", "O8437W3+jmzMVjoIP3tNwbm+XxHQk2iKpOA7aqw3qSc"],
    ["!abc123:hs.example", "m.call#ROOM", "XyXkkTMbe5wlCXHnu7aGcWkRKMwcAohuz3y2MrOtXtw"],
    ["!abc123:hs.example", "m.call#room", "oCFmwZmH31Ur5hqZYNo+XtnBpicX1eDiC6yk3H6WYeE"],
    ["!room:example.com", "m.call#", "hrQ0l3fv1RI0sCBUn3Nu59Bu/b3f7hWXbMLLfFMLNOY"],
    ["!room:example.com", "m.call#ROOM", "krj2dgxw2K6EOm9he4GfQJ6JsSVWfJ8a7BkyjZcSmxs"],
    ["!a&b:example.com", "m.call#", "6EgDWhvO1b/1GbMTjx5bNyF0CJLaSmOvR6CIed7jBqA"],
  ])("names the room of %s %s as MSC4195 and the deployed service do", async (roomId, slotId, expected) => {
    expect(await livekitRoomAlias(roomId, slotId)).toBe(expected);
  });

  it.each([
    ["@alice:example.com", "DEVICE123", "memberABC", "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU"],
    ["@alice:example.com", "DEVICE", "member-1", "vYVt8NUMTb0rAawkFqilcAtxKgY26U3Ab7R9INviNnU"],
    [
      "@ana:hs.example",
      "ANADEV",
      "3f0c6f1e-8a44-4c53-9c1f-6f6f0d1f2b10",
      "zDO3U7fuAIMo/fOBPm6TmN1Xw7w+CC2xz9LjazRxoMA",
    ],
  ])("hashes the identity of %s %s %s from three inputs", async (userId, deviceId, memberId, expected) => {
    expect(await identityHash3(userId, deviceId, memberId)).toBe(expected);
  });

  it.each([
    ["@alice:example.com", "memberABC", "M3VnsLXrkbxIDINXO64u8PZzFyD9ZYFiQULR2dshWYs"],
    ["@ana:hs.example", "3f0c6f1e-8a44-4c53-9c1f-6f6f0d1f2b10", "Ew7ywSTjXEQqzN1SnsyETwO0q/LlD4hWy5hugO3avHg"],
  ])("hashes the identity of %s %s from two inputs", async (userId, memberId, expected) => {
    expect(await identityHash2(userId, memberId)).toBe(expected);
  });

  it("distinguishes plain JSON from the escaping of the Go service", async () => {
    expect(await identityHash3("@a&b:hs.example", "DEV", "m", "plain")).toBe(
      "Yd2Ekti8GIALgMkmLSRSq9t4q0QvnTcbuya42yduZoY",
    );
    expect(await identityHash3("@a&b:hs.example", "DEV", "m", "go")).toBe(
      "JUDOYw3lWgZw5CdgTu8HNPeXJNJ3ubmKj1Paf+RFmgs",
    );
  });

  it("writes the older identity in clear", () => {
    expect(legacyIdentity("@alice:example.com", "DEVICE")).toBe("@alice:example.com:DEVICE");
  });
});
