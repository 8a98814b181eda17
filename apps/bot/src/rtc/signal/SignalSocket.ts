import { decodeSignalResponse, encodeSignalRequest, MAX_SIGNAL_MESSAGE_BYTES } from "@conclave/livekit-wire/signal";
import type { SfuGrant } from "@conclave/call";
import type { CancelTimer, Clock } from "@conclave/kit";
import { type JoinResponse, Ping, SignalRequest, type SignalResponse } from "@livekit/protocol";
import { WebSocket } from "ws";

import { toConnectError } from "./signalErrors.ts";

export type ServerMessage = Exclude<SignalResponse["message"], { case: undefined }>;
export type ClientMessage = Exclude<SignalRequest["message"], { case: undefined }>;

/** What a connection wants to hear. Nothing is told before the join response has been taken. */
export interface SignalListener {
  received(message: ServerMessage): void;
  /** The socket is gone, and not by us. */
  lost(): void;
}

const CONNECT_TIMEOUT_MS = 8_000;
const CLOSE_TIMEOUT_MS = 1_000;
/** The first version with leave actions and request responses is 15. */
const PROTOCOL_VERSION = "15";
const NORMAL_CLOSURE = 1_000;

/**
 * LiveKit's signalling, version 0, over a WebSocket. The token goes into a header: no address holds a secret.
 *
 * @see livekit.md 1.4, 1.6, 1.13
 */
export class SignalSocket {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  #listener: SignalListener | undefined;
  #early: ServerMessage[] = [];
  #join: ((join: JoinResponse) => void) | undefined;
  #lastReceivedAtMs: number;
  #cancelPing: CancelTimer = () => {};

  /** @throws {CallError} `sfu_unreachable`, `sfu_full`, `grant_refused` */
  static open(
    grant: Pick<SfuGrant, "url" | "jwt">,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<{ socket: SignalSocket; join: JoinResponse }> {
    const headers = { authorization: `Bearer ${grant.jwt}` };
    const options = { headers, maxPayload: MAX_SIGNAL_MESSAGE_BYTES, perMessageDeflate: false };
    const raw = new WebSocket(signalUrl(grant.url), options);
    const socket = new SignalSocket(raw, clock);
    return new Promise((resolve, reject) => {
      const fail = (status?: number): void => {
        settle();
        reject(toConnectError(status));
        raw.terminate();
      };
      const cancel = clock.after(CONNECT_TIMEOUT_MS, fail);
      const onAbort = (): void => fail();
      const onClose = (): void => fail();
      function settle(): void {
        cancel();
        signal.removeEventListener("abort", onAbort);
        raw.off("close", onClose);
      }
      signal.addEventListener("abort", onAbort, { once: true });
      raw.once("unexpected-response", (_request, response) => fail(response.statusCode));
      raw.once("close", onClose);
      socket.#join = (join) => {
        settle();
        resolve({ socket, join });
      };
      if (signal.aborted) fail();
    });
  }

  private constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#lastReceivedAtMs = clock.monotonicMs();
    socket.on("message", (data, isBinary) => this.#receive(data as Buffer, isBinary));
    // What it says may hold the address; that it is gone follows by `close`.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#cancelPing();
      this.#listener?.lost();
    });
  }

  /** Hands over what came and what comes, in order, and starts pinging. */
  listen(listener: SignalListener, ping: { readonly intervalMs: number; readonly timeoutMs: number }): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const message of early) listener.received(message);
    if (this.#socket.readyState !== WebSocket.OPEN) return listener.lost();
    if (ping.intervalMs > 0) this.#pingLater(ping.intervalMs, ping.timeoutMs || 3 * ping.intervalMs);
  }

  /** Does nothing on a socket that is not open. */
  send(message: ClientMessage): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(encodeSignalRequest(new SignalRequest({ message })));
  }

  /** The server answers with `pongResp` after everything that was sent before. */
  ping(): void {
    this.send({ case: "pingReq", value: new Ping({ timestamp: BigInt(Math.trunc(this.#clock.nowMs())) }) });
  }

  /** Sends what is under way and closes; cuts after a second. */
  close(): Promise<void> {
    this.#listener = undefined;
    this.#cancelPing();
    if (this.#socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(CLOSE_TIMEOUT_MS, () => this.#socket.terminate());
      this.#socket.once("close", () => {
        cancel();
        resolve();
      });
      this.#socket.close(NORMAL_CLOSURE);
    });
  }

  /** Is gone without a word. */
  cut(): void {
    this.#listener = undefined;
    this.#cancelPing();
    this.#socket.terminate();
  }

  #receive(bytes: Buffer, isBinary: boolean): void {
    this.#lastReceivedAtMs = this.#clock.monotonicMs();
    const message = tryDecode(isBinary ? bytes : bytes.toString("utf8"));
    if (message?.case === undefined) return;
    if (this.#listener) return this.#listener.received(message);
    if (!this.#join) return void this.#early.push(message);
    if (message.case !== "join") return this.#socket.terminate();
    this.#join(message.value);
    this.#join = undefined;
  }

  #pingLater(intervalMs: number, timeoutMs: number): void {
    this.#cancelPing = this.#clock.after(intervalMs, () => {
      if (this.#clock.monotonicMs() - this.#lastReceivedAtMs > timeoutMs) return this.#socket.terminate();
      this.ping();
      this.#pingLater(intervalMs, timeoutMs);
    });
  }
}

function tryDecode(frame: Uint8Array | string): SignalResponse["message"] | undefined {
  try {
    return decodeSignalResponse(frame).message;
  } catch {
    return undefined;
  }
}

function signalUrl(serviceUrl: string): URL {
  const url = new URL(serviceUrl);
  if (url.protocol === "http:") url.protocol = "ws:";
  if (url.protocol === "https:") url.protocol = "wss:";
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/rtc`;
  url.search = new URLSearchParams({ protocol: PROTOCOL_VERSION, auto_subscribe: "1", sdk: "node" }).toString();
  return url;
}
