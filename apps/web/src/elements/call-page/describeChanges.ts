import type { CallMember } from "@conclave/call";

import { strings } from "../../strings/strings.ts";

/** A sentence for those who do not see tiles come and go, if any did. */
export function describeChanges(before: readonly CallMember[], now: readonly CallMember[]): string | undefined {
  const came = newcomers(before, now).map((member) => strings.call.joined(member.displayName));
  const went = newcomers(now, before).map((member) => strings.call.left(member.displayName));
  const sentences = [...came, ...went];
  return sentences.length === 0 ? undefined : sentences.join(". ");
}

function newcomers(before: readonly CallMember[], now: readonly CallMember[]): readonly CallMember[] {
  const known = new Set(before.map((member) => member.id));
  return now.filter((member) => !member.isSelf && !known.has(member.id));
}
