import { type Clock, Emitter, type Happening, Secret, sleep } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import { HomeserverRefusal, unreachable } from "./httpError.ts";
import { recordAt, stringAt } from "./json.ts";
import { BodyTooLong, readBody } from "./readBody.ts";

/** A homeserver under load answers after ten seconds, and still answers. */
const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_WAIT_MS = 8000;

export interface HomeserverRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** Below the base URL, already encoded: see {@link matrixPath}. */
  readonly path: string;
  /** What error messages say instead of the path, where the path holds a secret. */
  readonly label?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object | string;
  /** False: the request goes out unauthenticated. */
  readonly auth?: boolean;
  /** Instead of the session's token. */
  readonly accessToken?: string;
  readonly timeoutMs?: number;
  readonly maxBodyBytes?: number;
  /** How often to try again after no answer, a 5xx or a 429. Only for requests that may be repeated as they are. */
  readonly retries?: number;
  /** Lets the request outlive the page. */
  readonly keepalive?: boolean;
  readonly signal?: AbortSignal;
}

export interface HomeserverClientDeps {
  readonly homeserverUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Ends every request. */
  readonly signal: AbortSignal;
}

/** Where new access tokens come from. */
export interface TokenRenewal {
  /** Renews a token that is about to end. Never rejects. */
  ensureFresh(): Promise<void>;
  /** Gets a new token. @returns false if there is none to be had */
  renew(): Promise<boolean>;
}

/** Joins path segments, encoding each. */
export function matrixPath(prefix: string, ...segments: readonly string[]): string {
  return [prefix, ...segments.map((segment) => encodeURIComponent(segment))].join("/");
}

/** Speaks JSON over HTTP to one homeserver: time limits, bounded bodies, coded errors, the access token. */
export class HomeserverClient {
  readonly #deps: HomeserverClientDeps;
  readonly #baseUrl: string;
  readonly #answered = new Emitter<void>();
  #accessToken: Secret<string> | undefined;
  #renewal: TokenRenewal | undefined;

  constructor(deps: HomeserverClientDeps) {
    this.#deps = deps;
    this.#baseUrl = deps.homeserverUrl.replace(/\/+$/, "");
  }

  get baseUrl(): string {
    return this.#baseUrl;
  }

  /** The homeserver has done what it was asked: whoever waits for it to come back need not wait on. */
  get answered(): Happening<void> {
    return this.#answered;
  }

  /** Acts for the account of the token; `renewal` replaces it when it ends. */
  useAccessToken(token: string, renewal?: TokenRenewal): void {
    this.#accessToken = new Secret(token);
    this.#renewal = renewal;
  }

  /**
   * Sends a request and parses the answer.
   *
   * @throws {MatrixRtcError} whatever went wrong
   */
  async json(request: HomeserverRequest): Promise<unknown> {
    const text = await this.text(request);
    try {
      return JSON.parse(text === "" ? "{}" : text) as unknown;
    } catch (cause) {
      throw new MatrixRtcError("homeserver_refused", `${nameOf(request)}: the answer is not JSON`, { cause });
    }
  }

  /** As {@link json}, but hands out the body as it came; the OlmMachine wants it so. */
  async text(request: HomeserverRequest): Promise<string> {
    const renewal = request.auth === false || request.accessToken !== undefined ? undefined : this.#renewal;
    await renewal?.ensureFresh();
    const token = this.#accessToken;
    try {
      return await this.#patiently(request);
    } catch (error) {
      if (!renewal || !isSoftLogout(error)) throw error;
      // Another request may have renewed it meanwhile.
      if (token === this.#accessToken && !(await renewal.renew())) throw error;
      return this.#patiently(request);
    }
  }

  async #patiently(request: HomeserverRequest): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(request);
      } catch (error) {
        const left = (request.retries ?? 0) - attempt;
        if (!(error instanceof MatrixRtcError) || !error.retryable || left <= 0) throw error;
        await this.#waitBeforeRetry(request, attempt, error);
      }
    }
  }

  async #waitBeforeRetry(request: HomeserverRequest, attempt: number, error: MatrixRtcError): Promise<void> {
    const waitMs = error.retryAfterMs ?? FIRST_RETRY_MS * 2 ** attempt;
    if (waitMs > MAX_RETRY_WAIT_MS) throw error;
    const limit = new AttemptLimit([this.#deps.signal, request.signal]);
    try {
      await sleep(this.#deps.clock, waitMs, limit.signal);
    } catch (cause) {
      throw unreachable(nameOf(request), cause, !this.#deps.signal.aborted);
    } finally {
      limit.release();
    }
  }

  async #once(request: HomeserverRequest): Promise<string> {
    // Unbound on purpose: a browser's fetch refuses to be called as a method of something else.
    const { clock, fetch } = this.#deps;
    const limit = new AttemptLimit([this.#deps.signal, request.signal]);
    const cancelTimer = clock.after(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, () =>
      limit.abort(new Error("The homeserver took too long")),
    );
    try {
      const response = await fetch(this.#url(request), this.#init(request, limit.signal));
      const text = await readBody(response, request.maxBodyBytes ?? MAX_BODY_BYTES);
      if (response.ok) {
        this.#answered.emit();
        return text;
      }
      throw this.#refusal(nameOf(request), response, text);
    } catch (error) {
      if (error instanceof MatrixRtcError) throw error;
      if (error instanceof BodyTooLong) {
        throw new MatrixRtcError("homeserver_refused", `${nameOf(request)}: the answer is too long`, { cause: error });
      }
      throw unreachable(nameOf(request), error, !this.#deps.signal.aborted);
    } finally {
      cancelTimer();
      limit.release();
    }
  }

  #url(request: HomeserverRequest): string {
    const query = new URLSearchParams(request.query).toString();
    return `${this.#baseUrl}${request.path}${query === "" ? "" : `?${query}`}`;
  }

  #init(request: HomeserverRequest, signal: AbortSignal): RequestInit {
    const headers: Record<string, string> = {};
    const token = request.accessToken ?? this.#accessToken?.reveal();
    if (request.auth !== false && token !== undefined) headers["authorization"] = `Bearer ${token}`;
    if (request.body !== undefined) headers["content-type"] = "application/json";
    return {
      method: request.method,
      headers,
      signal,
      ...(request.keepalive ? { keepalive: true } : {}),
      ...(request.body === undefined
        ? {}
        : { body: typeof request.body === "string" ? request.body : JSON.stringify(request.body) }),
    };
  }

  #refusal(what: string, response: Response, text: string): HomeserverRefusal {
    let body: unknown;
    try {
      body = JSON.parse(text) as unknown;
    } catch {
      // A proxy's HTML page: the status has to do.
      body = undefined;
    }
    const refusal = {
      status: response.status,
      errcode: stringAt(body, "errcode") ?? "",
      body,
      retryAfterHeader: response.headers.get("retry-after"),
    };
    return new HomeserverRefusal(what, refusal, this.#deps.clock.nowMs());
  }
}

/** The token has ended, but not the session. @see Client-Server API, "Soft logout" */
function isSoftLogout(error: unknown): boolean {
  return (
    error instanceof HomeserverRefusal &&
    error.code === "logged_out" &&
    recordAt(error.refusal, "body")["soft_logout"] === true
  );
}

function nameOf(request: HomeserverRequest): string {
  return request.label ?? request.path;
}

/** Aborts when one of its sources does. Unlike `AbortSignal.any` it lets go of long-lived sources when released. */
class AttemptLimit {
  readonly #controller = new AbortController();
  readonly #release: (() => void)[] = [];

  constructor(sources: readonly (AbortSignal | undefined)[]) {
    for (const source of sources) {
      if (!source) continue;
      const onAbort = (): void => this.abort(source.reason);
      if (source.aborted) onAbort();
      source.addEventListener("abort", onAbort, { once: true });
      this.#release.push(() => source.removeEventListener("abort", onAbort));
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  release(): void {
    for (const release of this.#release) release();
  }
}
