import { DisconnectReason, LeaveRequest_Action } from "@livekit/protocol";
import { describe, expect, it } from "vitest";

import { toConnectError, readLeave } from "./signalErrors.ts";

describe("toConnectError", () => {
  it.each([
    ["grant_refused", false, 401],
    ["grant_refused", false, 403],
    ["sfu_full", true, 503],
    ["sfu_full", true, 429],
    ["sfu_unreachable", true, 404],
    ["sfu_unreachable", true, 500],
    ["sfu_unreachable", true, undefined],
  ] as const)("is %s (retryable: %s) for status %s", (code, retryable, status) => {
    expect(toConnectError(status)).toMatchObject({ code, retryable });
  });
});

describe("readLeave", () => {
  const { DISCONNECT, RECONNECT } = LeaveRequest_Action;

  it.each([
    ["left", DISCONNECT, DisconnectReason.CLIENT_INITIATED],
    ["duplicate_identity", DISCONNECT, DisconnectReason.DUPLICATE_IDENTITY],
    ["removed", DISCONNECT, DisconnectReason.PARTICIPANT_REMOVED],
    ["room_deleted", DISCONNECT, DisconnectReason.ROOM_DELETED],
    ["failed", DISCONNECT, DisconnectReason.JOIN_FAILURE],
    ["failed", RECONNECT, DisconnectReason.STATE_MISMATCH],
    ["failed", RECONNECT, DisconnectReason.PARTICIPANT_REMOVED],
  ] as const)("is %s for action %s and reason %s", (expected, action, reason) => {
    expect(readLeave({ action, reason })).toBe(expected);
  });
});
