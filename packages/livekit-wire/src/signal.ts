import { SignalRequest, SignalResponse } from "@livekit/protocol";

import { LivekitWireError } from "./errors.ts";

/** Largest signalling message that is read, in bytes (or characters of JSON). The read limit of LiveKit's server. */
export const MAX_SIGNAL_MESSAGE_BYTES: number = 2 * 1024 * 1024;

/** Browsers and SDKs speak `binary`; `text` is protobuf-JSON, for debugging. */
export type SignalFormat = "binary" | "text";

/** One WebSocket message: bytes of protobuf or protobuf-JSON text. */
export type SignalFrame = Uint8Array | string;

/** Writes a client's message. */
export function encodeSignalRequest(request: SignalRequest, format: SignalFormat = "binary"): SignalFrame {
  return format === "binary" ? request.toBinary() : request.toJsonString();
}

/** Writes a server's message. */
export function encodeSignalResponse(response: SignalResponse, format: SignalFormat = "binary"): SignalFrame {
  return format === "binary" ? response.toBinary() : response.toJsonString();
}

/**
 * Reads a client's message. A message of a kind that is not known yet has `message.case` undefined: ignore it.
 *
 * @throws {LivekitWireError} `message_too_large`, `message_malformed`
 * @see LiveKit protocol, livekit_rtc.proto SignalRequest
 */
export function decodeSignalRequest(frame: SignalFrame): SignalRequest {
  return decode(frame, SignalRequest);
}

/**
 * Reads a server's message. A message of a kind that is not known yet has `message.case` undefined: ignore it.
 *
 * @throws {LivekitWireError} `message_too_large`, `message_malformed`
 * @see LiveKit protocol, livekit_rtc.proto SignalResponse
 */
export function decodeSignalResponse(frame: SignalFrame): SignalResponse {
  return decode(frame, SignalResponse);
}

interface MessageType<M> {
  fromBinary(bytes: Uint8Array): M;
  fromJsonString(text: string, options: { ignoreUnknownFields: boolean }): M;
}

function decode<M>(frame: SignalFrame, type: MessageType<M>): M {
  if (frame.length > MAX_SIGNAL_MESSAGE_BYTES) {
    throw new LivekitWireError("message_too_large", `More than ${MAX_SIGNAL_MESSAGE_BYTES} bytes`);
  }
  try {
    return typeof frame === "string"
      ? type.fromJsonString(frame, { ignoreUnknownFields: true })
      : type.fromBinary(frame);
  } catch {
    // The parser's error may quote the message (tokens, SDP), so it is not kept as a cause.
    throw new LivekitWireError("message_malformed", "Not a signalling message");
  }
}
