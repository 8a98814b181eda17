/** What the answered requests of an account cost until somebody looks. Bytes of request lines, own headers and bodies; no TCP, no TLS. */
export interface Cost {
  readonly requests: number;
  readonly upBytes: number;
  readonly downBytes: number;
}

/** Keys are made beside the join, the same in every way of syncing. */
const NOT_COUNTED = /\/keys\//;
/** The account is there: what is before it is the price of a password. */
const START = /\/(register|login)$/;

/** A `fetch` that counts. */
export class CountedFetch {
  #requests = 0;
  #upBytes = 0;
  #downBytes = 0;
  #startedAtMs = performance.now();

  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const { pathname, search } = new URL(input as string);
    // Handed on as it came: a `Request` would send its body as a stream, which costs more.
    const response = await globalThis.fetch(input, init);
    const text = await response.text();
    if (!NOT_COUNTED.test(pathname)) {
      this.#requests += 1;
      this.#upBytes += Buffer.byteLength(`${init.method ?? "GET"} ${pathname}${search} HTTP/1.1\r\n${headOf(init)}`);
      this.#downBytes += Buffer.byteLength(text);
    }
    if (START.test(pathname) && response.ok) this.#startedAtMs = performance.now();
    return new Response(text, { status: response.status, headers: response.headers });
  };

  get cost(): Cost {
    return { requests: this.#requests, upBytes: this.#upBytes, downBytes: this.#downBytes };
  }

  /** Since the homeserver gave the account. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAtMs;
  }
}

/** Headers and body as they go over the wire. */
function headOf({ headers, body }: RequestInit): string {
  const lines = [...new Headers(headers)].map((header) => header.join(": "));
  return `${lines.join("\r\n")}\r\n\r\n${typeof body === "string" ? body : ""}`;
}
