import { describe, expect, it } from "vitest";

import type { EventId } from "../ids.ts";
import { firstGrapheme, HAND_KEY, handContent, reactionContent } from "./callReactionEvents.ts";

const TARGET = "$member" as EventId;

describe("what is sent", () => {
  it("raises a hand with the two code points that Element Call looks for", () => {
    expect(Array.from(HAND_KEY, (point) => point.codePointAt(0)?.toString(16))).toEqual(["1f590", "fe0f"]);
    expect(handContent(TARGET)).toEqual({
      "m.relates_to": { rel_type: "m.annotation", event_id: "$member", key: "🖐️" },
    });
  });

  it.each([
    ["🎉", "party"],
    ["👍", "thumbsup"],
    ["😵‍💫", "dizzy"],
    ["🍕", "generic"],
  ])("names %s %s, so that Element Call plays its sound", (emoji, name) => {
    expect(reactionContent(TARGET, emoji)).toEqual({
      "m.relates_to": { rel_type: "m.reference", event_id: "$member" },
      emoji,
      name,
    });
  });
});

describe("the first grapheme", () => {
  it.each([
    ["🎉", "🎉"],
    ["🎉🎉 hello", "🎉"],
    ["👩🏻‍❤️‍💋‍👨🏿x", "👩🏻‍❤️‍💋‍👨🏿"],
    ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
    ["ok", "o"],
  ])("of %s is %s", (text, first) => {
    expect(firstGrapheme(text)).toBe(first);
  });

  it.each([undefined, null, 7, {}, "", " ", "\u202E", "\u0000", "\u200D", `e${"\u0301".repeat(1_000)}`])(
    "is none in what cannot be seen or is longer than an emoji",
    (text) => {
      expect(firstGrapheme(text)).toBeUndefined();
    },
  );
});
