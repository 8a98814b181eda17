/** JSON as Go writes it, which lk-jwt-service hashes and compares byte by byte: HTML's special characters are escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[&<>\u2028\u2029]/g, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
