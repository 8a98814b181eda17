import type { CallTrust } from "./model.ts";

/** What frames say about the tracks of one remote member that are shown or heard now. */
export interface RenderedTracks {
  readonly renderedTracks: number;
  /** Those with an authenticated frame within the last 2 s. */
  readonly verifiedTracks: number;
}

/**
 * Derives the lock from frames, never from configuration: `locked` only if the room requires encryption and each
 * rendered remote track had an authenticated frame within 2 s.
 *
 * @see quality.md T22
 */
export function deriveTrust(isEncrypted: boolean, remoteMembers: readonly RenderedTracks[]): CallTrust {
  const withMedia = remoteMembers.filter(({ renderedTracks }) => renderedTracks > 0);
  const verified = withMedia.filter(({ renderedTracks, verifiedTracks }) => verifiedTracks === renderedTracks);
  const counts = { verifiedMembers: isEncrypted ? verified.length : 0, mediaMembers: withMedia.length };
  if (!isEncrypted) return { state: "open", ...counts };
  if (withMedia.length === 0) return { state: "alone", ...counts };
  return { state: verified.length === withMedia.length ? "locked" : "partial", ...counts };
}

/** Whether two locks look the same: people are told of a change, not of each frame. */
export function isSameTrust(a: CallTrust, b: CallTrust): boolean {
  return a.state === b.state && a.verifiedMembers === b.verifiedMembers && a.mediaMembers === b.mediaMembers;
}
