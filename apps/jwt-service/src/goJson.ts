const SPECIAL = /[&<>\u2028\u2029]/;
const SPECIALS = new RegExp(SPECIAL, "g");

/** JSON as Go writes it, which lk-jwt-service hashes and compares byte by byte: HTML's special characters are escaped. */
export function goJson(value: unknown): string {
  const json = JSON.stringify(value);
  return SPECIAL.test(json) ? json.replaceAll(SPECIALS, escape) : json;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
