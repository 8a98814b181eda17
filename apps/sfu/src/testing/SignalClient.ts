import { once } from "node:events";

import { decodeSignalResponse, encodeSignalRequest, type SignalFormat } from "@conclave/livekit-wire/signal";
import { ParticipantInfo, SignalRequest } from "@livekit/protocol";
import { WebSocket } from "ws";

import type { ServerMessage } from "../signal/SignalSink.ts";

type Case = ServerMessage["case"];
type ValueOf<C extends Case> = Extract<ServerMessage, { case: C }>["value"];
type ClientMessage = Exclude<SignalRequest["message"], { case: undefined }>;

/** A client that speaks signalling and nothing else. */
export class SignalClient {
  readonly messages: ServerMessage[] = [];
  readonly socket: WebSocket;
  closeCode: number | undefined;
  closeReason = "";
  readonly #format: SignalFormat;
  #changed = (): void => {};

  private constructor(socket: WebSocket, format: SignalFormat) {
    this.socket = socket;
    this.#format = format;
    socket.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      const { message } = decodeSignalResponse(isBinary ? bytes : bytes.toString("utf8"));
      if (message.case !== undefined) this.messages.push(message);
      this.#changed();
    });
    socket.on("close", (code, reason) => {
      this.closeCode = code;
      this.closeReason = reason.toString("utf8");
      this.#changed();
    });
    socket.on("error", () => {});
  }

  /** Connects; rejects with the HTTP status if the upgrade is refused. */
  static async connect(url: string, token: string, query = "", format: SignalFormat = "binary"): Promise<SignalClient> {
    const socket = new WebSocket(`${url}/rtc?access_token=${token}${query}`);
    const client = new SignalClient(socket, format);
    const refused = new Promise<never>((_resolve, reject) => {
      socket.once("unexpected-response", (_request, response) => reject(new UpgradeRefused(response.statusCode ?? 0)));
    });
    await Promise.race([once(socket, "open"), refused]);
    return client;
  }

  send(message: ClientMessage): void {
    this.socket.send(encodeSignalRequest(new SignalRequest({ message }), this.#format));
  }

  /** Waits for the first message of a kind that satisfies `accept`, also among those that have come already. */
  async next<C extends Case>(name: C, accept: (value: ValueOf<C>) => boolean = () => true): Promise<ValueOf<C>> {
    for (;;) {
      const found = this.all(name).find(accept);
      if (found) return found;
      if (this.closeCode !== undefined) throw new Error(`closed while waiting for ${name}`);
      await this.#change();
    }
  }

  all<C extends Case>(name: C): ValueOf<C>[] {
    return this.messages.flatMap((message) => (message.case === name ? [message.value as ValueOf<C>] : []));
  }

  /** Waits until an update about an identity satisfies `accept`. */
  async sees(identity: string, accept: (info: ParticipantInfo) => boolean): Promise<ParticipantInfo> {
    const update = await this.next("update", ({ participants }) =>
      participants.some((info) => info.identity === identity && accept(info)),
    );
    return update.participants.find((info) => info.identity === identity) ?? new ParticipantInfo();
  }

  async closed(): Promise<number> {
    while (this.closeCode === undefined) await this.#change();
    return this.closeCode;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

/** The server answered the upgrade with an HTTP error. */
export class UpgradeRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}
