import type { RtcMember } from "@conclave/matrix-rtc";

import type { SfuParticipant } from "../sfu/ports.ts";

/** What Matrix and the SFUs say about who is there, at one moment. */
export interface RosterFacts {
  /** Everybody whom Matrix lists, the own device included. */
  readonly members: readonly RtcMember[];
  /** By service URL: who is connected to the SFUs that we are connected to ourselves. Of the others nothing is known. */
  readonly sfus: ReadonlyMap<string, readonly SfuParticipant[]>;
}

/**
 * Where the two do not say the same. `absent`: Matrix lists a member whom its SFU does not have. `unlisted`: an SFU has a
 * participant for whom no member answers.
 */
export type RosterMismatch =
  | { readonly kind: "absent"; readonly member: RtcMember }
  | { readonly kind: "unlisted"; readonly serviceUrl: string; readonly identity: string };

/** Participants without a member that are told apart; a flood of them is a fact, however many there are. */
const MAX_UNLISTED = 100;

/** Compares the two. A member whose SFU we are not connected to is not judged. */
export function compareRoster({ members, sfus }: RosterFacts): readonly RosterMismatch[] {
  return [...absentMembers(members, sfus), ...unlistedParticipants(members, sfus)];
}

function* absentMembers(members: RosterFacts["members"], sfus: RosterFacts["sfus"]): Generator<RosterMismatch> {
  const present = new Map(Array.from(sfus, ([serviceUrl, participants]) => [serviceUrl, identitiesOf(participants)]));
  for (const member of members) {
    const there = member.transport && present.get(member.transport.serviceUrl);
    if (!there || member.sfuIdentities.some((identity) => there.has(identity))) continue;
    yield { kind: "absent", member };
  }
}

/** On any SFU: members listen on those of the others too. */
function unlistedParticipants(members: RosterFacts["members"], sfus: RosterFacts["sfus"]): readonly RosterMismatch[] {
  const claimed = new Set(members.flatMap(({ sfuIdentities }) => sfuIdentities));
  return Array.from(sfus, ([serviceUrl, participants]) =>
    participants
      .filter(({ identity }) => !claimed.has(identity))
      .map(({ identity }): RosterMismatch => ({ kind: "unlisted", serviceUrl, identity })),
  )
    .flat()
    .slice(0, MAX_UNLISTED);
}

function identitiesOf(participants: readonly SfuParticipant[]): ReadonlySet<string> {
  return new Set(participants.map(({ identity }) => identity));
}
