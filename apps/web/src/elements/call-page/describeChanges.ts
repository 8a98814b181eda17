import type { CallMember } from "@conclave/call";

import { strings } from "../../strings/strings.ts";

/** When many react at once, nobody wants to listen to all of them. */
const MAX_REACTIONS = 3;

/** A sentence for those who do not see tiles come and go, if any did. */
export function describeChanges(before: readonly CallMember[], now: readonly CallMember[]): string | undefined {
  const came = newcomers(before, now).map((member) => strings.call.joined(member.displayName));
  const went = newcomers(now, before).map((member) => strings.call.left(member.displayName));
  const sentences = [...came, ...went, ...told(before, now)];
  return sentences.length === 0 ? undefined : sentences.join(". ");
}

/** Hands that go up are told by a message of their own. */
function told(before: readonly CallMember[], now: readonly CallMember[]): readonly string[] {
  const known = new Map(before.map((member) => [member.id, member]));
  const others = now.flatMap((member) => {
    const was = known.get(member.id);
    return member.isSelf || was === undefined ? [] : [{ member, was }];
  });
  const lowered = others.filter(({ member, was }) => was.handOrder !== undefined && member.handOrder === undefined);
  const reacted = others.flatMap(({ member: { displayName, reaction }, was }) =>
    reaction === undefined || was.reaction !== undefined ? [] : [strings.call.reacted(displayName, reaction)],
  );
  return [
    ...lowered.map(({ member }) => strings.call.handLowered(member.displayName)),
    ...reacted.slice(0, MAX_REACTIONS),
  ];
}

function newcomers(before: readonly CallMember[], now: readonly CallMember[]): readonly CallMember[] {
  const known = new Set(before.map((member) => member.id));
  return now.filter((member) => !member.isSelf && !known.has(member.id));
}
