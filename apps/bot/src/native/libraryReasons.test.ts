import { DisconnectReason } from "@livekit/rtc-node";
import { toEndReason } from "@conclave/livekit-wire";
import { expect, it } from "vitest";

it.each([
  ["left", DisconnectReason.CLIENT_INITIATED],
  ["duplicate_identity", DisconnectReason.DUPLICATE_IDENTITY],
  ["removed", DisconnectReason.PARTICIPANT_REMOVED],
  ["room_deleted", DisconnectReason.ROOM_DELETED],
  ["room_deleted", DisconnectReason.ROOM_CLOSED],
  ["failed", DisconnectReason.SERVER_SHUTDOWN],
] as const)("a room of the library is over as %s for reason %s", (expected, reason) => {
  expect(toEndReason(reason)).toBe(expected);
});
