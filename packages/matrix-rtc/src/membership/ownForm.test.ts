import { seededRandom } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import { person } from "../testing/fixtures.ts";
import { makeMemberId } from "./memberId.ts";
import { chooseOwnForm } from "./ownForm.ts";

const deps = { self: person("alice"), randomBytes: seededRandom(7).bytes };
const all = { delayedEvents: true, stickyEvents: true };
const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("chooseOwnForm", () => {
  it("takes layer A's only member id, whatever the homeserver can", () => {
    for (const features of [all, undefined]) {
      expect(chooseOwnForm(deps, "deployed", features)).toEqual({
        layer: "deployed",
        memberId: "@alice:hs.example:ALICEDEV",
      });
    }
  });

  it.each(["sticky", "draft"] as const)("takes another member id for each join by %s events", (layer) => {
    const [first, second] = [chooseOwnForm(deps, layer, all), chooseOwnForm(deps, layer, all)];

    expect(first).toEqual({ layer, memberId: expect.stringMatching(UUID_4) as string });
    expect(second.memberId).not.toBe(first.memberId);
  });

  it.each([
    [undefined, "features_unknown"],
    [{ delayedEvents: true, stickyEvents: false }, "no_sticky_events"],
    [{ delayedEvents: false, stickyEvents: true }, "no_delayed_events"],
  ] as const)("falls back to layer A with features %j, and says that it is because of %s", (features, because) => {
    expect(chooseOwnForm(deps, "draft", features)).toEqual({
      layer: "deployed",
      memberId: "@alice:hs.example:ALICEDEV",
      insteadOf: { layer: "draft", because },
    });
  });
});

describe("makeMemberId", () => {
  it("keeps every random bit that a UUID of version 4 has", () => {
    expect(makeMemberId((length) => new Uint8Array(length).fill(0xff))).toBe("ffffffff-ffff-4fff-bfff-ffffffffffff");
    expect(makeMemberId((length) => new Uint8Array(length))).toBe("00000000-0000-4000-8000-000000000000");
  });
});
