import { describe, expect, it } from "vitest";

import { deriveTrust } from "./trust.ts";

const verified = { renderedTracks: 2, verifiedTracks: 2 };
const half = { renderedTracks: 2, verifiedTracks: 1 };
const silent = { renderedTracks: 0, verifiedTracks: 0 };

describe("deriveTrust", () => {
  it("is locked when each rendered track of everybody was authenticated", () => {
    expect(deriveTrust(true, [verified, verified, silent])).toEqual({
      state: "locked",
      verifiedMembers: 2,
      mediaMembers: 2,
    });
  });

  it("is partial as soon as one track of one member was not", () => {
    expect(deriveTrust(true, [verified, half])).toEqual({ state: "partial", verifiedMembers: 1, mediaMembers: 2 });
  });

  it("is open in a room without encryption, whatever the frames say", () => {
    expect(deriveTrust(false, [verified])).toEqual({ state: "open", verifiedMembers: 0, mediaMembers: 1 });
  });

  it("claims nothing while nobody else is seen or heard", () => {
    expect(deriveTrust(true, [silent]).state).toBe("alone");
    expect(deriveTrust(true, []).state).toBe("alone");
  });
});
