import { once } from "node:events";

import { decodeSignalResponse, encodeSignalRequest, type SignalFormat } from "@conclave/livekit-wire/signal";
import { ParticipantInfo, SignalRequest } from "@livekit/protocol";
import { WebSocket } from "ws";

import type { ServerMessage } from "../signal/SignalSink.ts";

type Case = ServerMessage["case"];
type ValueOf<C extends Case> = Extract<ServerMessage, { case: C }>["value"];
type ClientMessage = Exclude<SignalRequest["message"], { case: undefined }>;

/** Longer than any server takes on a busy machine, shorter than a test may last. */
const WAIT_LIMIT_MS = 15_000;

/** A client that speaks signalling and nothing else. */
export class SignalClient {
  readonly messages: ServerMessage[] = [];
  readonly socket: WebSocket;
  closeCode: number | undefined;
  closeReason = "";
  /** The server writes JSON. */
  isTextReceived = false;
  readonly #format: SignalFormat;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket, format: SignalFormat) {
    this.socket = socket;
    this.#format = format;
    socket.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      if (!isBinary) this.isTextReceived = true;
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
      await this.#change(name);
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
    while (this.closeCode === undefined) await this.#change("the end");
    return this.closeCode;
  }

  #changed(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }

  #change(awaited: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(resume);
        reject(
          new Error(`Nothing of ${awaited} came; there were ${this.messages.map((each) => each.case).join(", ")}`),
        );
      }, WAIT_LIMIT_MS);
      const resume = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(resume);
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
