import { expect, it } from "vitest";

import { redact } from "./redact.ts";

it("takes queries, tokens and the names of users and rooms out of a line", () => {
  const token = `eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(20)}`;
  const line = redact(
    `error: WebSocket connection to 'ws://h:1/rtc?access_token=${token}&x=1' failed for @bob:h.org:8008 in !abc:h (${token}) syt_Ym9i_secret`,
  );

  expect(line).toBe("error: WebSocket connection to 'ws://h:1/rtc?…' failed for [id] in [id] ([token]) [token]");
});

it("cuts long lines", () => {
  expect(redact("x".repeat(10_000))).toHaveLength(400);
});
