import { createHmac, createSecretKey } from "node:crypto";

/** `{"alg":"HS256","typ":"JWT"}`: the only header that is ever written. */
const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");

/** Signs claims as a JWT. */
export type SignJwt = (claims: object) => string;

/** Makes a signer that imports its key once and is synchronous, because every token of the service goes through it. @see RFC 7515 §3.1 */
export function hs256Signer(secret: string): SignJwt {
  const key = createSecretKey(secret, "utf8");
  return (claims) => {
    const input = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
  };
}
