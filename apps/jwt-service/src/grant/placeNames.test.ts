import { identityHash3, legacyIdentity, livekitRoomAlias } from "@conclave/livekit-wire";
import * as fc from "fast-check";
import { expect, it } from "vitest";

import { identityOf, legacyIdentityOf, roomOf } from "./placeNames.ts";

it("names rooms and identities exactly as livekit-wire does", async () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom("&", "<", ">", "\u2028", "\u2029", "\b", '"', "\\", "é"),
      fc.string({ unit: "grapheme" }),
    ),
  });
  await fc.assert(
    fc.asyncProperty(text, text, text, async (first, second, third) => {
      expect(roomOf(first, second)).toBe(await livekitRoomAlias(first, second));
      expect(identityOf(first, second, third)).toBe(await identityHash3(first, second, third));
      expect(legacyIdentityOf(first, second)).toBe(legacyIdentity(first, second));
    }),
  );
});
