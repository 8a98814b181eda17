const MAX_LENGTH = 400;

/**
 * A line of a console without what must not be in a report: queries of addresses (they may carry tokens), tokens that
 * stand alone, and the names of users and rooms. Cut to 400 characters.
 */
export function redact(line: string): string {
  return line
    .replaceAll(/\?[^\s"'`)]+/g, "?…")
    .replaceAll(/eyJ[\w-]+\.[\w-]+(\.[\w-]+)?/g, "[token]")
    .replaceAll(/\b(syt|mct|mas)_\w+/gi, "[token]")
    .replaceAll(/[@!#$][\w.=/+-]+:[\w.-]+(:\d+)?/g, "[id]")
    .slice(0, MAX_LENGTH);
}
