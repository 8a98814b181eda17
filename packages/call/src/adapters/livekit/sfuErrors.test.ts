import { toEndReason } from "@conclave/livekit-wire";
import { ConnectionError, DisconnectReason } from "livekit-client";
import { describe, expect, it } from "vitest";

import { toConnectError } from "./sfuErrors.ts";

describe("toConnectError", () => {
  it.each([
    ["grant_refused", false, ConnectionError.notAllowed("?access_token=marked", 401)],
    ["grant_refused", false, ConnectionError.notAllowed("?access_token=marked", 403)],
    ["sfu_unreachable", true, ConnectionError.notAllowed("requested room does not exist", 404)],
    ["sfu_full", true, ConnectionError.internal("?access_token=marked", { status: 503, statusText: "" })],
    ["sfu_full", true, ConnectionError.internal("busy", { status: 429, statusText: "" })],
    ["sfu_unreachable", true, ConnectionError.internal("broken", { status: 500, statusText: "" })],
    ["sfu_unreachable", true, ConnectionError.serverUnreachable("?access_token=marked")],
    ["sfu_unreachable", true, ConnectionError.timeout("late")],
    ["sfu_unreachable", true, ConnectionError.serviceNotFound("no path", "v0-rtc")],
    ["sfu_unreachable", true, new TypeError("?access_token=marked")],
  ] as const)("is %s (retryable: %s) for %s", (code, retryable, fault) => {
    const error = toConnectError(fault);

    expect(error).toMatchObject({ code, retryable });
    expect(`${error.stack} ${String(error.cause)}`).not.toContain("marked");
  });
});

describe("toEndReason with livekit-client's reasons", () => {
  it.each([
    ["left", DisconnectReason.CLIENT_INITIATED],
    ["duplicate_identity", DisconnectReason.DUPLICATE_IDENTITY],
    ["removed", DisconnectReason.PARTICIPANT_REMOVED],
    ["room_deleted", DisconnectReason.ROOM_DELETED],
    ["failed", DisconnectReason.SERVER_SHUTDOWN],
    ["failed", undefined],
  ] as const)("is %s for reason %s", (reason, said) => {
    expect(toEndReason(said)).toBe(reason);
  });
});
