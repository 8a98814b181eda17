import { toBase64, utf8 } from "@conclave/kit";
import { SignJWT } from "jose";

const MS_PER_SECOND = 1000;
/** How long a receiver may take a webhook for a fresh one. LiveKit's. */
const LIFETIME_SECONDS = 300;

export interface WebhookSigning {
  readonly key: string;
  readonly secret: string;
  readonly nowMs: number;
}

/**
 * Signs the body of a webhook: what is returned goes into the header `Authorization`, without a scheme.
 *
 * @see LiveKit protocol, webhook/ (claim `sha256`: base64 of the SHA-256 of the body)
 */
export async function signWebhook(body: string, { key, secret, nowMs }: WebhookSigning): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(body));
  const nowSeconds = Math.floor(nowMs / MS_PER_SECOND);
  return new SignJWT({ sha256: toBase64(new Uint8Array(digest)) })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(key)
    .setNotBefore(nowSeconds)
    .setExpirationTime(nowSeconds + LIFETIME_SECONDS)
    .sign(utf8(secret));
}
