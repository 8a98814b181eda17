import type { Clock } from "@conclave/kit";
import type { MatrixSelf, OpenIdToken } from "@conclave/matrix-rtc";

import type { AuthorizerSubject, GrantUse } from "./authorizeSfu.ts";
import { CallError } from "./errors.ts";

export interface TokenRequest {
  readonly serviceUrl: string;
  readonly use: GrantUse;
  readonly openId: OpenIdToken;
  readonly subject: AuthorizerSubject;
  readonly self: MatrixSelf;
}

/** What a service answered, checked in shape only. `jwt` is a bearer secret. */
export interface TokenAnswer {
  readonly route: TokenRoute;
  readonly url: string;
  readonly jwt: string;
}

export type TokenRoute = "/sfu/get" | "/get_token";

interface TokenDeps {
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

/** An authorisation service asks the homeserver about us before it answers; it gives up after 30 s itself. */
const ANSWER_TIMEOUT_MS = 15_000;
const MAX_ANSWER_CHARACTERS = 65_536;

type Outcome =
  | { readonly is: "granted"; readonly answer: TokenAnswer }
  | { readonly is: "refused"; readonly error: CallError };

/**
 * Asks the authorisation service for a token. Where we publish, only the route counts that gives the identity under which
 * others look for us; where we only subscribe any will do, the one that hides who we are first.
 *
 * @throws {CallError} `grant_refused`, `grant_unreachable` (retryable), `rate_limited` (retryable)
 * @see MSC4195; matrixrtc.md 8.3; lk-jwt-service 0.5: unknown fields are refused, so nothing is ever added to these bodies
 */
export async function requestToken(deps: TokenDeps, request: TokenRequest): Promise<TokenAnswer> {
  const [first, ...others] = routesFor(request);
  let outcome = await post(deps, request, first);
  for (const route of others) {
    if (outcome.is === "granted") break;
    outcome = await post(deps, request, route);
  }
  if (outcome.is === "refused") throw outcome.error;
  return outcome.answer;
}

function routesFor({ use, subject }: TokenRequest): readonly [TokenRoute, ...TokenRoute[]] {
  if (use === "subscribe") return ["/get_token", "/sfu/get"];
  return subject.identity === "plain" ? ["/sfu/get"] : ["/get_token"];
}

/** @throws {CallError} where asking on the other route would not help: no answer, or too many questions */
async function post(deps: TokenDeps, request: TokenRequest, route: TokenRoute): Promise<Outcome> {
  const abort = new AbortController();
  const cancelTimer = deps.clock.after(ANSWER_TIMEOUT_MS, () => abort.abort());
  try {
    // No content type of our own: text/plain needs no preflight, and services do not look at it.
    const response = await deps.fetch(request.serviceUrl + route, {
      method: "POST",
      body: JSON.stringify(bodyFor(route, request)),
      credentials: "omit",
      signal: abort.signal,
    });
    if (response.status === 429) throw tooMany();
    if (!response.ok) return { is: "refused", error: refusal(response.status, route) };
    return parseAnswer(await response.text(), route);
  } catch (cause) {
    if (cause instanceof CallError) throw cause;
    throw new CallError("grant_unreachable", "The authorisation service does not answer", { cause, retryable: true });
  } finally {
    cancelTimer();
  }
}

function bodyFor(route: TokenRoute, { openId, subject, self }: TokenRequest): object {
  const token = {
    access_token: openId.access_token,
    token_type: openId.token_type,
    matrix_server_name: openId.matrix_server_name,
    expires_in: openId.expires_in,
  };
  if (route === "/sfu/get") return { room: subject.roomId, openid_token: token, device_id: self.deviceId };
  return {
    room_id: subject.roomId,
    slot_id: `${subject.slot.application}#${subject.slot.id}`,
    openid_token: token,
    member: { id: subject.memberId, claimed_user_id: self.userId, claimed_device_id: self.deviceId },
  };
}

function tooMany(): CallError {
  return new CallError("rate_limited", "The authorisation service asks to wait", { retryable: true });
}

function refusal(status: number, route: TokenRoute): CallError {
  const isMissing = status === 404 || status === 405;
  if (isMissing && route === "/sfu/get")
    return new CallError("grant_unreachable", "There is no authorisation service at this address");
  if (isMissing)
    return new CallError("grant_refused", "The authorisation service is too old for sticky memberships (MSC4195)");
  if (status >= 500) {
    return new CallError("grant_unreachable", `The authorisation service failed with ${status}`, { retryable: true });
  }
  return new CallError("grant_refused", `The authorisation service refused with ${status}`);
}

function parseAnswer(text: string, route: TokenRoute): Outcome {
  const { url, jwt } = tryFields(text);
  if (typeof url !== "string" || typeof jwt !== "string" || jwt === "" || !isSfuUrl(url)) {
    const error = new CallError("grant_refused", "The authorisation service sent an answer that cannot be read");
    return { is: "refused", error };
  }
  return { is: "granted", answer: { route, url, jwt } };
}

function tryFields(text: string): { readonly url?: unknown; readonly jwt?: unknown } {
  if (text.length > MAX_ANSWER_CHARACTERS) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // Not JSON: the same as an answer without the fields. The text may hold a token, so it goes nowhere.
    return {};
  }
}

function isSfuUrl(text: string): boolean {
  return URL.canParse(text) && ["ws:", "wss:", "http:", "https:"].includes(new URL(text).protocol);
}
