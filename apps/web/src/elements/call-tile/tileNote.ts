import type { CallMember } from "@conclave/call";

import { strings } from "../../strings/strings.ts";

/** Why a person cannot be seen or heard, and what that means. */
export interface TileNote {
  readonly text: string;
  readonly explanation: string;
}

/** What a tile has to say instead of the name, if anything. */
export function noteOf(member: CallMember, kind: "screen" | "person" | "self"): TileNote | undefined {
  if (kind === "self") return undefined;
  if (member.presence === "unreachable")
    return {
      text: strings.tile.unreachable(member.displayName),
      explanation: strings.tile.whyUnreachable(member.noTransport),
    };
  if (member.presence === "gone")
    return { text: strings.tile.gone(member.displayName), explanation: strings.tile.whyGone };
  if (member.decryption === "waiting_for_key")
    return { text: strings.tile.waitingForKey(member.displayName), explanation: strings.tile.whyKey };
  if (member.decryption === "not_trusted")
    return { text: strings.tile.notTrusted(member.displayName), explanation: strings.tile.whyNotTrusted };
  if (member.decryption === "failing")
    return { text: strings.tile.failing(member.displayName), explanation: strings.tile.whyFailing };
  return undefined;
}
