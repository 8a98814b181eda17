import { JoinResponse, SessionDescription, SignalRequest, SignalResponse, TrackInfo } from "@livekit/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { LivekitWireError } from "./errors.ts";
import {
  decodeSignalRequest,
  decodeSignalResponse,
  encodeSignalRequest,
  encodeSignalResponse,
  MAX_SIGNAL_MESSAGE_BYTES,
} from "./signal.ts";

const anySdp = fc.record({ type: fc.constantFrom("offer", "answer"), sdp: fc.string(), id: fc.nat() });

function codeOf(attempt: () => unknown): string {
  try {
    attempt();
    return "none";
  } catch (fault) {
    return fault instanceof LivekitWireError ? fault.code : `not coded: ${String(fault)}`;
  }
}

describe("signal codec", () => {
  it("brings every offer through both formats unchanged", () => {
    fc.assert(
      fc.property(anySdp, fc.constantFrom("binary" as const, "text" as const), (fields, format) => {
        const request = new SignalRequest({ message: { case: "offer", value: new SessionDescription(fields) } });

        const read = decodeSignalRequest(encodeSignalRequest(request, format));

        expect(read.equals(request)).toBe(true);
      }),
    );
  });

  it("brings responses through both formats unchanged", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("binary" as const, "text" as const), (sid, format) => {
        const track = new TrackInfo({ sid, muted: true });
        const response = new SignalResponse({ message: { case: "trackPublished", value: { cid: sid, track } } });

        expect(decodeSignalResponse(encodeSignalResponse(response, format)).equals(response)).toBe(true);
      }),
    );
  });

  it("reads the bytes of a ping as the protobuf definition lays them out", () => {
    // Field 14, varint (14 << 3 | 0 = 0x70), value 5.
    const request = decodeSignalRequest(Uint8Array.of(0x70, 0x05));

    expect(request.message).toEqual({ case: "ping", value: 5n });
  });

  it("leaves the case undefined for a message of the future", () => {
    // Field 100, length-delimited (100 << 3 | 2 = 802 = 0xa2 0x06), empty.
    expect(decodeSignalRequest(Uint8Array.of(0xa2, 0x06, 0x00)).message.case).toBeUndefined();
    expect(decodeSignalRequest('{"hologram": {}}').message.case).toBeUndefined();
  });

  it("answers garbage with a coded error or a message, never with another fault", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string()), (frame) => {
        expect(codeOf(() => decodeSignalRequest(frame))).toMatch(/^(none|message_malformed)$/);
        expect(codeOf(() => decodeSignalResponse(frame))).toMatch(/^(none|message_malformed)$/);
      }),
    );
    expect(codeOf(() => decodeSignalRequest(Uint8Array.of(0x0a, 0xff)))).toBe("message_malformed");
    expect(codeOf(() => decodeSignalResponse("{"))).toBe("message_malformed");
  });

  it("refuses a message above the limit before parsing it", () => {
    expect(codeOf(() => decodeSignalRequest(new Uint8Array(MAX_SIGNAL_MESSAGE_BYTES + 1)))).toBe("message_too_large");
    expect(codeOf(() => decodeSignalRequest(" ".repeat(MAX_SIGNAL_MESSAGE_BYTES + 1)))).toBe("message_too_large");
  });

  it("keeps the message out of the error", () => {
    expect.assertions(2);
    try {
      decodeSignalResponse('{"marked-secret"');
    } catch (fault) {
      expect(String((fault as Error).stack)).not.toContain("marked-secret");
      expect((fault as Error).cause).toBeUndefined();
    }
  });

  it("starts a join response with its own field number", () => {
    const bytes = encodeSignalResponse(new SignalResponse({ message: { case: "join", value: new JoinResponse() } }));

    expect(bytes[0]).toBe((1 << 3) | 2);
  });
});
