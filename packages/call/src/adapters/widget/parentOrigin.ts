import { MatrixRtcError } from "@conclave/matrix-rtc";

/**
 * The one origin that a widget talks to, from its `parentUrl`.
 *
 * @throws {MatrixRtcError} `forbidden`: not an http or https address
 * @see quality.md T19
 */
export function parentOrigin(parentUrl: string): string {
  const url = URL.canParse(parentUrl) ? new URL(parentUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new MatrixRtcError("forbidden", "parentUrl is no web address");
  return url.origin;
}
