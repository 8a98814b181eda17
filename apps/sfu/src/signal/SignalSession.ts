import type { Logger } from "@conclave/kit";
import { decodeSignalRequest, encodeSignalResponse, type SignalFrame } from "@conclave/livekit-wire/signal";
import { LivekitWireError } from "@conclave/livekit-wire";
import { type SignalRequest, SignalResponse } from "@livekit/protocol";
import type { RawData, WebSocket } from "ws";

import { SfuError } from "../errors.ts";
import type { ServerMessage, SignalSink } from "./SignalSink.ts";

/** A client that has this much unread is cut off. */
export const MAX_UNSENT_BYTES: number = 8 * 1024 * 1024;

const CLOSE_NORMAL = 1000;
/** RFC 6455 §7.4.1: a message violates policy. */
const CLOSE_POLICY = 1008;

export interface SessionEvents {
  readonly received: (request: SignalRequest) => void;
  /** The client breaks the protocol; the session has to end. */
  readonly violated: (error: SfuError) => void;
  readonly closed: () => void;
}

/** One WebSocket of one client: bytes to requests, messages to bytes. */
export class SignalSession implements SignalSink {
  readonly #socket: WebSocket;
  readonly #logger: Logger;
  #events: SessionEvents | undefined;
  #isText = false;
  #isEnded = false;
  #isAlive = true;

  constructor(socket: WebSocket, logger: Logger) {
    this.#socket = socket;
    this.#logger = logger;
    socket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on("pong", () => void (this.#isAlive = true));
    // Follows each error: too large a message, a broken frame, a reset connection.
    socket.on("error", (fault) => this.#logger.debug("signalling socket failed", { reason: fault.message }));
    socket.on("close", () => this.#events?.closed());
  }

  /** Begins to deliver. Messages cannot have come before, if called in the task of the upgrade. */
  start(events: SessionEvents): void {
    this.#events = events;
  }

  send(message: ServerMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.#events?.violated(new SfuError("client_too_slow", "The client does not read its messages"));
      return this.#socket.terminate();
    }
    this.#socket.send(this.#isText ? encodeSignalResponse(new SignalResponse({ message }), "text") : toBinary(message));
  }

  end(): void {
    this.#isEnded = true;
    this.#socket.close(CLOSE_NORMAL);
  }

  /** Ends with the code as the close reason. */
  refuse(error: SfuError): void {
    this.#isEnded = true;
    this.#socket.close(CLOSE_POLICY, error.code);
  }

  /** Asks for a sign of life; a socket that has given none since the last call is cut off. */
  probe(): void {
    if (!this.#isAlive) return this.#socket.terminate();
    this.#isAlive = false;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    this.#isAlive = true;
    if (this.#isEnded) return;
    try {
      const bytes = toBytes(data);
      const request = decodeSignalRequest(isBinary ? bytes : new TextDecoder().decode(bytes));
      // A client whose messages are text gets text.
      this.#isText = !isBinary;
      this.#events?.received(request);
    } catch (cause) {
      const code = cause instanceof LivekitWireError && cause.code === "message_too_large" ? cause.code : undefined;
      this.#events?.violated(new SfuError(code ?? "message_malformed", "Not a signalling request", { cause }));
    }
  }
}

/** What goes to a whole room is encoded once. Messages are never changed after they have been sent. */
const encoded = new WeakMap<ServerMessage, SignalFrame>();

function toBinary(message: ServerMessage): SignalFrame {
  const known = encoded.get(message);
  if (known) return known;
  const frame = encodeSignalResponse(new SignalResponse({ message }));
  encoded.set(message, frame);
  return frame;
}

function toBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
