import { DisconnectReason } from "@livekit/protocol";
import { describe, expect, it } from "vitest";

import { toEndReason } from "./endReason.ts";

const MEANT: Partial<Record<keyof typeof DisconnectReason, string>> = {
  CLIENT_INITIATED: "left",
  DUPLICATE_IDENTITY: "duplicate_identity",
  PARTICIPANT_REMOVED: "removed",
  ROOM_DELETED: "room_deleted",
  ROOM_CLOSED: "room_deleted",
};

describe("toEndReason", () => {
  it("knows by number what the protocol names so, and takes everything else for a failure", () => {
    const names = Object.keys(DisconnectReason).filter((name) => Number.isNaN(Number(name)));
    const read = names.map((name) => [name, toEndReason(DisconnectReason[name as keyof typeof DisconnectReason])]);

    expect(Object.fromEntries(read)).toEqual({
      ...Object.fromEntries(names.map((name) => [name, "failed"])),
      ...MEANT,
    });
  });

  it("takes a reason that is not told, or not known yet, for a failure", () => {
    expect([undefined, 0, 999, -1].map(toEndReason)).toEqual(["failed", "failed", "failed", "failed"]);
  });
});
