import type { MatrixSelf, OpenIdToken } from "@conclave/matrix-rtc";

import type { AuthorizerSubject, GrantUse } from "./authorizeSfu.ts";
import { askTokenService, type TokenServiceDeps } from "./askTokenService.ts";
import { CallError } from "./errors.ts";

/** Who asks, and for which place. */
export interface TokenSubject {
  readonly openId: OpenIdToken;
  readonly subject: AuthorizerSubject;
  readonly self: MatrixSelf;
}

export interface TokenRequest extends TokenSubject {
  readonly serviceUrl: string;
  readonly use: GrantUse;
}

/** What a service answered, checked in shape only. `jwt` is a bearer secret. */
export interface TokenAnswer {
  readonly route: TokenRoute;
  readonly url: string;
  readonly jwt: string;
}

export type TokenRoute = "/sfu/get" | "/get_token";

const MAX_ANSWER_CHARACTERS = 65_536;

type Outcome =
  | { readonly is: "granted"; readonly answer: TokenAnswer }
  | { readonly is: "refused"; readonly error: CallError };

/**
 * Asks the authorisation service for a token. Where we publish, only the route counts that gives the identity under which
 * others look for us; where we only subscribe any will do, the one that hides who we are first.
 *
 * @throws {CallError} `grant_refused`, `grant_not_member`; retryable: `grant_unreachable`,
 *   `grant_homeserver_unreachable`, `grant_sfu_unreachable`, `grant_busy`, `rate_limited`
 * @see MSC4195; matrixrtc.md 8.3
 */
export async function requestToken(deps: TokenServiceDeps, request: TokenRequest): Promise<TokenAnswer> {
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

async function post(deps: TokenServiceDeps, request: TokenRequest, route: TokenRoute): Promise<Outcome> {
  const said = await askTokenService(deps, { ...request, route, body: tokenBody(route, request) });
  return said.is === "refused" ? said : parseAnswer(said.text, route);
}

/** What a token is asked for with: lk-jwt-service refuses unknown fields, so nothing else is ever in it. */
export function tokenBody(route: TokenRoute, { openId, subject, self }: TokenSubject): object {
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
