import { FrameCryptoError, type FrameCryptoErrorCode } from "../errors.ts";

/** Data packets that the worker may be busy with at once. */
const MAX_PENDING = 1_024;

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (fault: FrameCryptoError) => void;
}

/** Questions to the worker that wait for their answers. */
export class PacketRequests {
  readonly #pending = new Map<number, Pending>();
  #asked = 0;

  /**
   * @param post sends the question under the number that the answer will carry
   * @throws {FrameCryptoError} `too_many_requests`, and what `fail` is called with
   */
  ask<A>(post: (requestId: number) => void): Promise<A> {
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.reject(new FrameCryptoError("too_many_requests", "Too many data packets at once"));
    }
    const requestId = (this.#asked += 1);
    return new Promise<A>((resolve, reject) => {
      this.#pending.set(requestId, { resolve, reject });
      post(requestId);
    });
  }

  /** The answer has come. Unknown numbers are those of a worker that is gone. */
  answer(requestId: number, answer: unknown): void {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    pending?.resolve(answer as never);
  }

  /** No answers will come. */
  fail(code: FrameCryptoErrorCode): void {
    for (const { reject } of this.#pending.values()) {
      reject(new FrameCryptoError(code, "The frame-crypto worker did not answer"));
    }
    this.#pending.clear();
  }
}
