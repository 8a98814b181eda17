import { createHash } from "node:crypto";

const ESCAPED: Readonly<Record<string, string>> = {
  "&": "\\u0026",
  "<": "\\u003c",
  ">": "\\u003e",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** JSON of the strings without spaces, escaped as Go does it. @see the contract, section 3 */
export function goJson(texts: readonly string[]): string {
  return JSON.stringify(texts).replace(/[&<>\u2028\u2029]/g, (character) => ESCAPED[character] ?? character);
}

/** Unpadded base64 of SHA-256 over the JSON array of the strings. @see MSC4195 */
export function rtcHash(...texts: readonly string[]): string {
  return createHash("sha256").update(goJson(texts)).digest("base64").replace(/=+$/, "");
}
