import { type Clock, type Logger } from "@conclave/kit";
import { readAccessToken } from "@conclave/livekit-wire";
import type { DelayId, MatrixPort, OpenIdToken, RoomId, SlotDescription } from "@conclave/matrix-rtc";

import { askTokenService } from "./askTokenService.ts";
import { CallError } from "./errors.ts";
import { type TokenAnswer, requestToken, tokenBody, type TokenSubject } from "./requestToken.ts";
import type { SfuGrant } from "./sfu/ports.ts";
import { toCallError } from "./toCallError.ts";

export interface AuthorizerDeps {
  readonly matrix: MatrixPort;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly logger: Logger;
}

/** What a grant is asked for. */
export interface AuthorizerSubject {
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  readonly memberId: string;
  /**
   * Under which identity we appear on the SFU on which we publish. `plain` is `user:device`, the only one under which deployed clients look
   * for a state-event membership (layer A); `hashed` is MSC4195's pseudonym.
   */
  readonly identity: "plain" | "hashed";
}

/** What a grant is for: on the SFU where we publish our identity must be the one that our membership stands for. */
export type GrantUse = "publish" | "subscribe";

/** Proves to authorisation services who we are and keeps what they granted. */
export interface SfuAuthorizer {
  /** The prepared grant while it is fresh, else a new one. @throws {CallError} see `renew` */
  grantFor(serviceUrl: string, use: GrantUse): Promise<SfuGrant>;
  /**
   * A new grant. One OpenID token per grant: a service that kept it could otherwise be us at another service.
   *
   * @throws {CallError} `openid_refused`, `homeserver_unreachable`, `logged_out`, and what `requestToken` throws
   */
  renew(serviceUrl: string, use: GrantUse): Promise<SfuGrant>;
  /**
   * Hands a delayed leave to the service of the SFU on which we publish. It takes the place of one handed over before.
   *
   * @param openId a fresh one; if not given it is asked for
   * @returns whether the service took it: many do not, and none does for users of homeservers that it does not trust
   * @throws {CallError} what may go better later: retryable codes of `renew`
   */
  delegate(serviceUrl: string, leave: DelegatedLeave, openId?: OpenIdToken): Promise<boolean>;
}

export interface DelegatedLeave {
  readonly delayId: DelayId;
  /** The service restarts the leave each time when four fifths of this are over. */
  readonly timeoutMs: number;
}

interface HeldGrant {
  readonly grant: SfuGrant;
  readonly staleAtMonotonicMs: number;
}

/** A grant is used to connect during the first part of its life only, so that it cannot end while connecting. */
const FRESH_SHARE_OF_LIFETIME = 0.5;

/** One authorisation service per transport in use; more than this many in one call is an attack. */
const MAX_HELD_GRANTS = 64;

/**
 * Makes the one place that asks authorisation services for SFU grants. Requests for the same service are shared while
 * one is under way.
 *
 * @see docs/join-flow.md; MSC4195; lk-jwt-service 0.5 routes `/sfu/get` and `/get_token`
 */
export function createSfuAuthorizer(deps: AuthorizerDeps, subject: AuthorizerSubject): SfuAuthorizer {
  const held = new Map<string, HeldGrant>();
  const underWay = new Map<string, Promise<SfuGrant>>();

  async function request(serviceUrl: string, use: GrantUse): Promise<SfuGrant> {
    const openId = await requestOpenId(deps.matrix);
    const answer = await requestToken(deps, { serviceUrl, use, openId, subject, self: deps.matrix.self });
    const { grant, lifetimeMs } = readGrant(answer);
    deps.logger.info("sfu granted", { route: answer.route, lifetimeMs });
    if (held.size >= MAX_HELD_GRANTS) held.clear();
    held.set(keyOf(serviceUrl, use), {
      grant,
      staleAtMonotonicMs: deps.clock.monotonicMs() + lifetimeMs * FRESH_SHARE_OF_LIFETIME,
    });
    return grant;
  }

  function renew(serviceUrl: string, use: GrantUse): Promise<SfuGrant> {
    const key = keyOf(serviceUrl, use);
    const running = underWay.get(key);
    if (running) return running;
    const started = request(serviceUrl, use).finally(() => underWay.delete(key));
    underWay.set(key, started);
    return started;
  }

  async function delegate(serviceUrl: string, leave: DelegatedLeave, openId?: OpenIdToken): Promise<boolean> {
    const asking = { openId: openId ?? (await requestOpenId(deps.matrix)), subject, self: deps.matrix.self };
    const said = await askTokenService(deps, { serviceUrl, ...delegation(asking, leave) });
    if (said.is === "answered") return true;
    if (said.error.retryable) throw said.error;
    deps.logger.info("delayed leave not taken", { code: said.error.code });
    return false;
  }

  return {
    renew,
    delegate,
    async grantFor(serviceUrl, use) {
      const known = held.get(keyOf(serviceUrl, use));
      if (known && known.staleAtMonotonicMs > deps.clock.monotonicMs()) return known.grant;
      return renew(serviceUrl, use);
    },
  };
}

/** Layer A's identity is known to the older route only, which takes the leave beside the wish for a token. */
function delegation(
  asking: TokenSubject,
  { delayId, timeoutMs }: DelegatedLeave,
): { readonly route: string; readonly body: object } {
  const leave = { delay_id: delayId, delay_timeout: timeoutMs };
  if (asking.subject.identity === "plain") {
    return { route: "/sfu/get", body: { ...tokenBody("/sfu/get", asking), ...leave } };
  }
  return { route: "/delegate_delayed_leave", body: { ...tokenBody("/get_token", asking), ...leave } };
}

function keyOf(serviceUrl: string, use: GrantUse): string {
  return `${use} ${serviceUrl}`;
}

async function requestOpenId(matrix: MatrixPort): Promise<OpenIdToken> {
  try {
    return await matrix.requestOpenIdToken();
  } catch (fault) {
    throw toCallError(fault, "openid_refused");
  }
}

/** Reads identity, room and lifetime from the token itself: services may salt both. */
function readGrant(answer: TokenAnswer): { grant: SfuGrant; lifetimeMs: number } {
  try {
    const claims = readAccessToken(answer.jwt);
    return {
      grant: {
        url: answer.url,
        jwt: answer.jwt,
        identity: claims.identity,
        room: claims.room,
        expiresAtMs: claims.expiresAtMs,
      },
      // Both instants are by the service's clock, so ours may be wrong.
      lifetimeMs: Math.max(0, claims.expiresAtMs - claims.notBeforeMs),
    };
  } catch (cause) {
    throw new CallError("grant_refused", "The authorisation service sent a token that cannot be read", { cause });
  }
}
