import { sleep } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";
import type { OutgoingRequest } from "@matrix-org/matrix-sdk-crypto-wasm";

import { type HomeserverRequest, matrixPath } from "../HomeserverClient.ts";
import { SerialQueue } from "../SerialQueue.ts";
import type { OlmContext } from "./OlmContext.ts";

const PREFIX = "/_matrix/client/v3";
/** Each of them may be repeated as it is: same body, same transaction id. */
const RETRIES = 3;
/** One answer may make the machine want more, but not for ever. */
const MAX_ROUNDS = 8;
const RETRY_AFTER_MS = 5000;
/** What is not urgent waits so long for more of its kind. */
const LAZY_MS = 10_000;

/** Sends what the OlmMachine wants to have sent and hands back the answers. */
export class OlmRequests {
  readonly #context: OlmContext;
  readonly #queue = new SerialQueue();
  #cancelRetry: () => void = () => {};
  #cancelLazy: (() => void) | undefined;

  constructor(context: OlmContext) {
    this.#context = context;
    context.scope.onEnd(() => {
      this.#cancelRetry();
      this.#cancelLazy?.();
    });
  }

  /**
   * Sends until the machine wants nothing more. A failure is tried again later by itself.
   *
   * @throws {MatrixRtcError} the first failure
   */
  flush(): Promise<void> {
    return this.#queue.run(() => this.#flushOnce());
  }

  /**
   * As {@link flush}, but outlasts an outage of the homeserver.
   *
   * @throws {MatrixRtcError} a refusal, or the scope has ended
   */
  async flushPatiently(): Promise<void> {
    const { clock, logger, scope } = this.#context;
    for (;;) {
      try {
        await this.flush();
        return;
      } catch (error) {
        if (!(error instanceof MatrixRtcError) || !error.retryable) throw error;
        logger.debug("keys could not be published yet", { error });
        await sleep(clock, error.retryAfterMs ?? RETRY_AFTER_MS, scope.signal);
      }
    }
  }

  /** As {@link flush}, for callers that need no answer. */
  flushSoon(): void {
    if (this.#queue.length > 1) return;
    this.flush().catch((error: unknown) => this.#retryLater(error));
  }

  /**
   * As {@link flushSoon}, for the time after news that seldom make the machine want something: asking it costs as much
   * as decrypting eight messages.
   */
  flushLater(): void {
    this.#cancelLazy ??= this.#context.clock.after(LAZY_MS, () => {
      this.#cancelLazy = undefined;
      this.flushSoon();
    });
  }

  /** Sends one request and hands its answer to the machine. */
  async send(request: OutgoingRequest): Promise<void> {
    const { client, machine, olm } = this.#context;
    const http = toHttp(olm.RequestType, request);
    if (!http || request.id === undefined) return;
    const answer = await client.text(http);
    await machine.markRequestAsSent(request.id, request.type, answer);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #flushOnce(): Promise<void> {
    const { machine, scope } = this.#context;
    for (let round = 0; round < MAX_ROUNDS && !scope.isEnded; round++) {
      const requests = await machine.outgoingRequests();
      if (requests.length === 0) return;
      const results = await Promise.allSettled(requests.map((request) => this.send(request)));
      const failed = results.find((result) => result.status === "rejected");
      if (failed) throw failed.reason;
    }
  }

  #retryLater(error: unknown): void {
    const { clock, logger, scope } = this.#context;
    if (scope.isEnded) return;
    if (!(error instanceof MatrixRtcError) || !error.retryable) {
      // The next sync with news for the machine is the next try.
      logger.error("a key request was refused", { error });
      return;
    }
    logger.debug("a key request failed", { error });
    this.#cancelRetry();
    this.#cancelRetry = clock.after(RETRY_AFTER_MS, () => this.flushSoon());
  }
}

type RequestTypes = OlmContext["olm"]["RequestType"];

/** @see Client-Server API, "End-to-end encryption" and "Send-to-Device messaging" */
function toHttp(types: RequestTypes, request: OutgoingRequest): HomeserverRequest | undefined {
  const post = (path: string): HomeserverRequest => ({
    method: "POST",
    path: `${PREFIX}${path}`,
    body: request.body,
    retries: RETRIES,
  });
  switch (request.type) {
    case types.KeysUpload:
      return post("/keys/upload");
    case types.KeysQuery:
      return post("/keys/query");
    case types.KeysClaim:
      return post("/keys/claim");
    case types.SignatureUpload:
      return post("/keys/signatures/upload");
    case types.ToDevice:
      return toDeviceHttp(request);
    default:
      // Room messages and key backup: this client makes neither.
      return undefined;
  }
}

function toDeviceHttp(request: OutgoingRequest): HomeserverRequest | undefined {
  if (!("event_type" in request) || !("txn_id" in request)) return undefined;
  return {
    method: "PUT",
    path: matrixPath(`${PREFIX}/sendToDevice`, request.event_type, request.txn_id),
    body: request.body,
    retries: RETRIES,
  };
}
