import { memberKey, type RtcMember, type RtcSelf } from "@conclave/matrix-rtc";

import type { LocalTrackState } from "./LocalMedia.ts";
import type { CallMember, CallTrack, DecryptionState } from "./model.ts";
import type { SfuParticipant, SfuPublication, TrackSource } from "./sfu/ports.ts";
import type { TrackVerdict } from "./trackVerdicts.ts";
import type { RenderedTracks } from "./trust.ts";

/** Everything that is known about the people in a call, from Matrix, the SFUs and the frames. */
export interface MemberSources {
  readonly self: RtcSelf;
  readonly ownDisplayName: string | undefined;
  readonly ownIsSpeaking: boolean;
  /** Our clock, for the time between our join and the arrival of our own membership. */
  readonly joinedAtMs: number;
  readonly members: readonly RtcMember[];
  /** By service URL. `undefined`: that SFU cannot be reached at present. */
  readonly sfus: ReadonlyMap<string, readonly SfuParticipant[] | undefined>;
  readonly localTracks: ReadonlyMap<TrackSource, LocalTrackState>;
  readonly isEncrypted: boolean;
  readonly verdictOf: (identity: string, source: TrackSource) => TrackVerdict | undefined;
  readonly hasKey: (memberId: string) => boolean;
  /** Members, by `RtcMember.memberId`, with whom no keys are exchanged because their devices are not trusted. */
  readonly refused: ReadonlySet<string>;
  /** Members, by `CallMember.id`, whom their SFU has not had for long. */
  readonly ghosts: ReadonlySet<string>;
  /** By `CallMember.id`: places in the queue of raised hands, from 1. */
  readonly handOrders: ReadonlyMap<string, number>;
  /** By `CallMember.id`. */
  readonly reactions: ReadonlyMap<string, string>;
  /** Sids of videos that the view has taken off the screen. */
  readonly hiddenSids: ReadonlySet<string>;
}

/** A member and what the lock needs to know about it. */
export interface PairedMember {
  readonly member: CallMember;
  readonly rendered: RenderedTracks;
}

const NOTHING_RENDERED: RenderedTracks = { renderedTracks: 0, verifiedTracks: 0 };

/**
 * Pairs each member (Matrix says so) with its participant (its SFU says so). Participants without a member are left
 * out: nobody vouches for them. Oldest first, the own device last.
 *
 * @see MSC4195 identities; matrixrtc.md 10 (a participant counts only on the member's own transport)
 */
export function pairMembers(sources: MemberSources): readonly PairedMember[] {
  const remote = sources.members.filter((member) => !isSelf(member, sources.self));
  const participants = new Map(Array.from(sources.sfus, ([serviceUrl, present]) => [serviceUrl, byIdentity(present)]));
  const paired = remote.map((member) => pairMember(member, participants, sources));
  return [...paired, { member: ownMember(sources), rendered: NOTHING_RENDERED }];
}

/** Whether it is the own device, in whatever session of it. */
export function isSelf(member: RtcMember, self: RtcSelf): boolean {
  return member.userId === self.userId && member.deviceId === self.deviceId;
}

type ByIdentity = ReadonlyMap<string, SfuParticipant>;

function byIdentity(participants: readonly SfuParticipant[] = []): ByIdentity {
  // Of two with one identity the first counts.
  return new Map(participants.toReversed().map((participant) => [participant.identity, participant]));
}

function pairMember(
  member: RtcMember,
  participants: ReadonlyMap<string, ByIdentity>,
  sources: MemberSources,
): PairedMember {
  const participant = member.transport && findParticipant(member, participants.get(member.transport.serviceUrl));
  const tracks = participant?.publications.map((publication) => ({
    publication,
    verdict: sources.verdictOf(participant.identity, publication.source),
  }));
  const rendered = (tracks ?? []).filter(({ publication }) => isRendered(publication, sources.hiddenSids));
  return {
    member: {
      id: memberKey(member),
      userId: member.userId,
      deviceId: member.deviceId,
      displayName: member.displayName ?? localpartOf(member.userId),
      isSelf: false,
      presence: presenceOf(member, participant, sources),
      ...(member.noTransport && { noTransport: member.noTransport }),
      ...callTracks(participant),
      isSpeaking: participant?.isSpeaking ?? false,
      audioLevel: participant?.audioLevel ?? 0,
      decryption: decryptionOf(
        rendered.map(({ verdict }) => verdict),
        {
          isEncrypted: sources.isEncrypted,
          isRefused: sources.refused.has(member.memberId),
          hasKey: sources.hasKey(member.memberId),
        },
      ),
      joinedAtMs: member.joinedAtMs,
      ...told(memberKey(member), sources),
    },
    rendered: {
      renderedTracks: rendered.length,
      verifiedTracks: rendered.filter(({ verdict }) => verdict === "ok").length,
    },
  };
}

function findParticipant(member: RtcMember, participants: ByIdentity | undefined): SfuParticipant | undefined {
  const identity = member.sfuIdentities.find((candidate) => participants?.has(candidate));
  return identity === undefined ? undefined : participants?.get(identity);
}

function presenceOf(
  member: RtcMember,
  participant: SfuParticipant | undefined,
  { ghosts, sfus }: MemberSources,
): CallMember["presence"] {
  if (participant) return "connected";
  if (!member.transport) return "unreachable";
  const isKnownBroken = sfus.has(member.transport.serviceUrl) && sfus.get(member.transport.serviceUrl) === undefined;
  if (isKnownBroken) return "unreachable";
  return ghosts.has(memberKey(member)) ? "gone" : "connecting";
}

function isRendered(publication: SfuPublication, hiddenSids: ReadonlySet<string>): boolean {
  return publication.track !== undefined && !publication.isMuted && !hiddenSids.has(publication.sid);
}

function decryptionOf(
  verdicts: readonly (TrackVerdict | undefined)[],
  {
    isEncrypted,
    isRefused,
    hasKey,
  }: { readonly isEncrypted: boolean; readonly isRefused: boolean; readonly hasKey: boolean },
): DecryptionState {
  if (!isEncrypted) return "plain";
  if (isRefused) return "not_trusted";
  if (verdicts.length === 0) return "nothing_to_decrypt";
  if (verdicts.includes("auth_failed")) return "failing";
  if (verdicts.includes("no_key") || !hasKey) return "waiting_for_key";
  return verdicts.includes("ok") ? "decrypting" : "nothing_to_decrypt";
}

type MemberTracks = Pick<CallMember, "microphone" | "camera" | "screen" | "screenAudio">;

function callTracks(participant: SfuParticipant | undefined): MemberTracks {
  const find = (source: TrackSource): CallTrack | undefined => {
    const publication = participant?.publications.find((candidate) => candidate.source === source);
    return publication && { sid: publication.sid, track: publication.track, isMuted: publication.isMuted };
  };
  return bySource(find);
}

function bySource(find: (source: TrackSource) => CallTrack | undefined): MemberTracks {
  return {
    microphone: find("microphone"),
    camera: find("camera"),
    screen: find("screen_share"),
    screenAudio: find("screen_share_audio"),
  };
}

function ownMember(sources: MemberSources): CallMember {
  const { self } = sources;
  // An earlier session of this device may still be listed beside this one.
  const own = sources.members.find((member) => isSelf(member, self) && member.memberId === self.memberId);
  const find = (source: TrackSource): CallTrack | undefined => {
    const local = sources.localTracks.get(source);
    return local && { sid: `own ${source}`, track: local.track, isMuted: local.isMuted };
  };
  return {
    id: memberKey(self),
    userId: self.userId,
    deviceId: self.deviceId,
    displayName: own?.displayName ?? sources.ownDisplayName ?? localpartOf(self.userId),
    isSelf: true,
    presence: "connected",
    ...bySource(find),
    isSpeaking: sources.ownIsSpeaking,
    audioLevel: 0,
    decryption: sources.isEncrypted ? "nothing_to_decrypt" : "plain",
    joinedAtMs: own?.joinedAtMs ?? sources.joinedAtMs,
    ...told(memberKey(self), sources),
  };
}

/** What a member tells the others besides sound and picture. */
function told(id: string, { handOrders, reactions }: MemberSources): Pick<CallMember, "handOrder" | "reaction"> {
  return { handOrder: handOrders.get(id), reaction: reactions.get(id) };
}

function localpartOf(userId: string): string {
  return /^@([^:]*):/.exec(userId)?.[1] ?? userId;
}
