import type { Clock } from "@conclave/kit";

import { CallError } from "./errors.ts";
import { CAUSE_HEADER, grantRefusal } from "./grantRefusal.ts";

export interface TokenServiceDeps {
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

interface Question {
  readonly serviceUrl: string;
  readonly route: string;
  readonly body: object;
}

/** `text` may hold a token. */
type Said = { readonly is: "answered"; readonly text: string } | { readonly is: "refused"; readonly error: CallError };

/** An authorisation service asks the homeserver about us before it answers; it gives up after 30 s itself. */
const ANSWER_TIMEOUT_MS = 15_000;

/**
 * Asks an authorisation service once.
 *
 * @returns `refused` where another route may do better
 * @throws {CallError} where that would not help: no answer (`grant_unreachable`), or too many questions (`rate_limited`, `grant_busy`)
 */
export async function askTokenService(deps: TokenServiceDeps, { serviceUrl, route, body }: Question): Promise<Said> {
  const abort = new AbortController();
  const cancelTimer = deps.clock.after(ANSWER_TIMEOUT_MS, () => abort.abort());
  try {
    // No content type of our own: text/plain needs no preflight, and services do not look at it.
    const response = await deps.fetch(serviceUrl + route, {
      method: "POST",
      body: JSON.stringify(body),
      credentials: "omit",
      signal: abort.signal,
    });
    if (response.ok) return { is: "answered", text: await response.text() };
    return refused(grantRefusal(route, response.status, response.headers.get(CAUSE_HEADER)));
  } catch (cause) {
    if (cause instanceof CallError) throw cause;
    throw new CallError("grant_unreachable", "The authorisation service does not answer", { cause, retryable: true });
  } finally {
    cancelTimer();
  }
}

function refused(error: CallError): Said {
  if (error.code === "rate_limited" || error.code === "grant_busy") throw error;
  return { is: "refused", error };
}
