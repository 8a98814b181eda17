/** A way to the homeserver that can be cut for good, as if the machine lost its power. */
export class CuttableNetwork {
  readonly #fetch: typeof globalThis.fetch;
  readonly #cut = new AbortController();

  constructor(fetch: typeof globalThis.fetch) {
    this.#fetch = fetch;
  }

  readonly fetch: typeof globalThis.fetch = (input, init) => {
    if (this.#cut.signal.aborted) return Promise.reject(new TypeError("The network is gone"));
    const signals = [this.#cut.signal, ...(init?.signal ? [init.signal] : [])];
    return this.#fetch(input, { ...init, signal: AbortSignal.any(signals) });
  };

  cut(): void {
    this.#cut.abort(new TypeError("The network is gone"));
  }
}
