import { type Clock, sleep } from "@conclave/kit";

import { TargetError } from "./errors.ts";
import { isRecord } from "./json.ts";

const TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** How long a request is put off when the server asks to wait, all waits together. */
const MAX_PATIENCE_MS = 60_000;
const DEFAULT_WAIT_MS = 1000;

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the base URL, or a whole URL. */
  readonly path: string;
  readonly token?: string;
  readonly body?: object;
  readonly timeoutMs?: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly isOk: boolean;
  /** Empty where there is none. */
  readonly errcode: string;
  /** `undefined` if it is not JSON. */
  readonly body: unknown;
  /** By this machine's clock. */
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

interface MatrixApiDeps {
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

/** Joins path segments, encoding each. */
export function pathOf(prefix: string, ...segments: readonly string[]): string {
  return [prefix, ...segments.map((segment) => encodeURIComponent(segment))].join("/");
}

/** Plain requests to one server: time limits, bounded bodies, no redirects, coded errors. */
export class MatrixApi {
  readonly baseUrl: string;
  readonly #deps: MatrixApiDeps;

  constructor(deps: MatrixApiDeps, baseUrl: string) {
    this.#deps = deps;
    this.baseUrl = baseUrl.replace(/\/+$/, "");
  }

  /** Sends once. @throws {TargetError} `unreachable` */
  async send(request: ApiRequest): Promise<ApiAnswer> {
    const { clock, fetch } = this.#deps;
    const url = /^https?:\/\//.test(request.path) ? request.path : `${this.baseUrl}${request.path}`;
    const abort = new AbortController();
    const cancelTimer = clock.after(request.timeoutMs ?? TIMEOUT_MS, () => abort.abort(new Error("timeout")));
    const sentAtMs = clock.nowMs();
    try {
      const response = await fetch(url, initOf(request, abort.signal));
      const receivedAtMs = clock.nowMs();
      return readAnswer(response, await readText(response), { sentAtMs, receivedAtMs });
    } catch (cause) {
      const { host } = new URL(url);
      throw new TargetError("unreachable", `${host} does not answer: is it running, and is the address right?`, {
        cause,
        retryable: true,
      });
    } finally {
      cancelTimer();
    }
  }

  /** As {@link send}, and waits as long as the server asks. @throws {TargetError} `rate_limited`, `unreachable` */
  async sendPatiently(request: ApiRequest): Promise<ApiAnswer> {
    const { clock } = this.#deps;
    const startedMs = clock.monotonicMs();
    for (;;) {
      const answer = await this.send(request);
      if (answer.status !== 429) return answer;
      const waitMs = waitOf(answer.body);
      if (clock.monotonicMs() - startedMs + waitMs > MAX_PATIENCE_MS) {
        throw new TargetError("rate_limited", `${new URL(this.baseUrl).host} asks to wait too long: raise its limits.`);
      }
      await sleep(clock, waitMs);
    }
  }

  /** The body of an answer that must be good. @throws {TargetError} `refused`, `rate_limited`, `unreachable` */
  async json(request: ApiRequest): Promise<unknown> {
    const answer = await this.sendPatiently(request);
    if (answer.isOk) return answer.body;
    throw new TargetError("refused", `${new URL(this.baseUrl).host} refused a request with ${describe(answer)}.`);
  }
}

/** Status and `errcode`; never the body, which may hold anything. */
export function describe({ status, errcode }: Pick<ApiAnswer, "status" | "errcode">): string {
  return errcode === "" ? String(status) : `${status} ${errcode}`;
}

function initOf(request: ApiRequest, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = {};
  if (request.token !== undefined) headers["authorization"] = `Bearer ${request.token}`;
  if (request.body !== undefined) headers["content-type"] = "application/json";
  return {
    method: request.method,
    headers,
    signal,
    redirect: "error",
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  };
}

async function readText(response: Response): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let [text, sizeBytes] = ["", 0];
  for await (const chunk of response.body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error("The answer is too long");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function readAnswer(
  response: Response,
  text: string,
  times: { readonly sentAtMs: number; readonly receivedAtMs: number },
): ApiAnswer {
  const body = tryParse(text);
  const errcode = isRecord(body) && typeof body["errcode"] === "string" ? body["errcode"] : "";
  return {
    status: response.status,
    isOk: response.ok,
    errcode: /^[A-Z][A-Z0-9_.]{0,60}$/.test(errcode) ? errcode : "",
    body,
    ...times,
  };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function waitOf(body: unknown): number {
  const wishedMs = isRecord(body) ? body["retry_after_ms"] : undefined;
  return typeof wishedMs === "number" && wishedMs > 0 ? wishedMs : DEFAULT_WAIT_MS;
}
