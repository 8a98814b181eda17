import { scrypt, timingSafeEqual } from "node:crypto";

import type { RandomBytes } from "./ids.ts";

const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** About 40 ms and 16 MiB per guess, off the main thread. */
const LOG2_COST = 14;

/** Hashes a password with a fresh salt, as `scrypt$logN$salt$hash`. */
export async function hashPassword(password: string, random: RandomBytes): Promise<string> {
  const salt = random(SALT_BYTES);
  const key = await derive(password, salt, LOG2_COST);
  return ["scrypt", LOG2_COST, Buffer.from(salt).toString("base64url"), key.toString("base64url")].join("$");
}

/** Compares in constant time. A missing hash takes as long as a wrong password, so that names cannot be probed. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [scheme, logCost, salt, hash] = stored?.split("$") ?? [];
  const isKnown = scheme === "scrypt" && salt !== undefined && hash !== undefined;
  const key = await derive(password, Buffer.from(salt ?? "", "base64url"), isKnown ? Number(logCost) : LOG2_COST);
  const wanted = Buffer.from(hash ?? "", "base64url");
  return isKnown && wanted.byteLength === key.byteLength && timingSafeEqual(wanted, key);
}

function derive(password: string, salt: Uint8Array, log2Cost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, { N: 2 ** log2Cost, r: 8, p: 1 }, (cause, key) => {
      if (cause) reject(cause);
      else resolve(key);
    });
  });
}
