import { createHash, createHmac } from "node:crypto";

import { SignJWT } from "jose";

import type { Answered, ServiceProcess } from "./ServiceProcess.ts";

export const KEY = "devkey";
export const SECRET = "devsecret-devsecret-devsecret-32b";
const VALID_SECONDS = 300;

/** What may be wrong with a webhook; unset parts are right. */
export interface WebhookParts {
  readonly key?: string;
  readonly secret?: string;
  readonly sha256?: string;
  readonly algorithm?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
  readonly notBefore?: number;
  readonly contentType?: string;
}

export interface WebhookEvent {
  readonly event: string;
  readonly room: string;
  readonly identity: string;
  readonly reason?: string | number;
}

/** LiveKit's JSON form of an event. */
export function webhookBody({ event, room, identity, reason }: WebhookEvent): string {
  const participant = { sid: "PA_contract", identity, ...(reason === undefined ? {} : { disconnectReason: reason }) };
  return JSON.stringify({ event, room: { sid: "RM_contract", name: room }, participant, createdAt: "1785000000" });
}

/** Signs a body as LiveKit does. */
export async function signWebhook(body: string, parts: WebhookParts = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const sha256 = parts.sha256 ?? createHash("sha256").update(body).digest("base64");
  return new SignJWT({ sha256 })
    .setProtectedHeader({ alg: parts.algorithm ?? "HS256", typ: "JWT" })
    .setIssuer(parts.key ?? KEY)
    .setNotBefore(now + (parts.notBefore ?? 0))
    .setExpirationTime(now + (parts.expiresIn ?? VALID_SECONDS))
    .sign(new TextEncoder().encode(parts.secret ?? SECRET));
}

function part(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

/** A token of any header and claims, however wrong, with an HMAC made by a hash. */
export function rawToken(header: unknown, claims: unknown, hash = "sha256", secret = SECRET): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest("base64url")}`;
}

/** The claims of a good webhook with that body. */
export function webhookClaims(body: string): Readonly<Record<string, unknown>> {
  const now = Math.floor(Date.now() / 1000);
  const sha256 = createHash("sha256").update(body).digest("base64");
  return { iss: KEY, nbf: now, exp: now + VALID_SECONDS, sha256 };
}

/** Posts an event as LiveKit does: the bare token in `Authorization`. */
export async function postWebhook(
  service: ServiceProcess,
  event: WebhookEvent | string,
  parts: WebhookParts = {},
): Promise<Answered> {
  const body = typeof event === "string" ? event : webhookBody(event);
  return service.request("/sfu_webhook", {
    method: "POST",
    body,
    headers: {
      authorization: await signWebhook(body, parts),
      "content-type": parts.contentType ?? "application/webhook+json",
    },
  });
}
