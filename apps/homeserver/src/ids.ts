import { hash } from "node:crypto";

const TOKEN_BYTES = 32;
const ID_BYTES = 15;
/** Ids of users, rooms, events and aliases; Client-Server API, appendix "Identifier grammar". */
export const MAX_ID_BYTES = 255;

export type RandomBytes = (lengthBytes: number) => Uint8Array;

function randomText(random: RandomBytes, lengthBytes: number): string {
  return Buffer.from(random(lengthBytes)).toString("base64url");
}

/** 256 bits that nobody guesses: access tokens, OpenID tokens. */
export function newToken(random: RandomBytes): string {
  return `conclave_${randomText(random, TOKEN_BYTES)}`;
}

/** The only form in which tokens are stored, so that a stolen database opens no session. */
export function hashToken(token: string): string {
  return hash("sha256", token, "base64url");
}

/** Delay ids, UIA sessions, filter ids: knowing one is enough to use it, so they are 120 bits. */
export function newOpaqueId(random: RandomBytes): string {
  return randomText(random, ID_BYTES);
}

/** Looks like an event id of room versions 4 and later: `$` and 43 URL-safe base64 characters. */
export function newEventId(random: RandomBytes): string {
  return `$${randomText(random, TOKEN_BYTES)}`;
}

export function newRoomId(random: RandomBytes, serverName: string): string {
  return `!${randomText(random, ID_BYTES)}:${serverName}`;
}

/** Ten upper-case letters, as clients show them to people. */
export function newDeviceId(random: RandomBytes): string {
  return Array.from(random(10), (byte) => String.fromCodePoint(65 + (byte % 26))).join("");
}
