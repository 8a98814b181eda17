import { createHash } from "node:crypto";

import type { Clock } from "@conclave/kit";

import { TimedCache } from "../adapters/TimedCache.ts";
import type { SigningKey } from "../grant/signGrant.ts";
import { tryWebhookEvent, type WebhookEvent } from "./webhookEvent.ts";

const LEEWAY_SECONDS = 60;
const MAX_TOKEN_CHARACTERS = 4096;
/** A token of the SFU lives five minutes. */
const REMEMBERED_AT_LEAST_MS = 300_000;
const REMEMBERED_AT_MOST_MS = 3_600_000;
const MAX_REMEMBERED = 20_000;

export type WebhookVerdict =
  | { readonly is: "good"; readonly event: WebhookEvent }
  | { readonly is: "replayed" }
  | { readonly is: "forged" }
  | { readonly is: "unreadable" };

/** Tells the SFU's own webhooks from forged, altered and repeated ones. @see LiveKit docs, "Webhooks" */
export class WebhookVerifier {
  readonly #seen: TimedCache<true>;
  readonly #clock: Clock;
  readonly #key: SigningKey;

  constructor(clock: Clock, key: SigningKey) {
    this.#seen = new TimedCache(clock, MAX_REMEMBERED);
    this.#clock = clock;
    this.#key = key;
  }

  /** `authorization` is the bare token; its claim `sha256` binds it to the body. */
  async verify(authorization: string, body: Buffer): Promise<WebhookVerdict> {
    const claims = await this.#claims(authorization);
    if (!claims || !isHashOf(claims.sha256, body)) return { is: "forged" };
    const event = tryWebhookEvent(body.toString("utf8"));
    if (!event) return { is: "unreadable" };
    const name = event.id ?? authorization;
    if (this.#seen.get(name)) return { is: "replayed" };
    const livesMs = (claims.exp + LEEWAY_SECONDS) * 1000 - this.#clock.nowMs();
    this.#seen.set(name, true, Math.min(REMEMBERED_AT_MOST_MS, Math.max(REMEMBERED_AT_LEAST_MS, livesMs)));
    return { is: "good", event };
  }

  async #claims(token: string): Promise<{ readonly sha256: string; readonly exp: number } | undefined> {
    if (token.length > MAX_TOKEN_CHARACTERS) return undefined;
    // Loaded at the first webhook, because the service is to answer before that.
    const { jwtVerify } = await import("jose");
    try {
      const { payload } = await jwtVerify(token, new TextEncoder().encode(this.#key.livekitSecret), {
        algorithms: ["HS256"],
        issuer: this.#key.livekitKey,
        requiredClaims: ["exp"],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: new Date(this.#clock.nowMs()),
      });
      const { sha256, exp } = payload;
      return typeof sha256 === "string" && exp !== undefined ? { sha256, exp } : undefined;
    } catch {
      // The library's error quotes the token, so nothing of it is kept.
      return undefined;
    }
  }
}

function isHashOf(given: string, body: Buffer): boolean {
  const expected = createHash("sha256").update(body).digest("base64");
  return given === expected;
}
