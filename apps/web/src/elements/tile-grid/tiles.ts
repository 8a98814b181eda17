import type { CallMember } from "@conclave/call";

import type { TileKind } from "../../layout/layoutTiles.ts";
import { isSounding, trackOf, type MediaView } from "../../media/MediaView.ts";

/** What one tile shows. `key` stays the same as long as the tile does. */
export interface Tile {
  readonly key: string;
  readonly kind: TileKind;
  readonly member: CallMember;
  readonly video: MediaStreamTrack | undefined;
  readonly isMuted: boolean;
  /** The SFU's name of the remote video, for telling it the size that is needed. */
  readonly sid: string | undefined;
}

/** One tile for each person, oldest first and oneself last, and one for each shared screen before them. */
export function tilesOf(members: readonly CallMember[], media: MediaView): readonly Tile[] {
  const screens = members.flatMap((member) => screenTile(member, media));
  const people = members.map((member) => (member.isSelf ? selfTile(member, media) : personTile(member)));
  return [...screens, ...people];
}

function screenTile(member: CallMember, media: MediaView): readonly Tile[] {
  const own = media.screen.phase === "on" ? media.screen.video : undefined;
  const video = member.isSelf ? own : visible(member.screen);
  if (video === undefined) return [];
  const sid = member.isSelf ? undefined : member.screen?.sid;
  return [{ key: `${member.id} screen`, kind: "screen", member, video, isMuted: false, sid }];
}

function personTile(member: CallMember): Tile {
  return {
    key: member.id,
    kind: "person",
    member,
    video: visible(member.camera),
    isMuted: member.presence === "connected" && (member.microphone === undefined || member.microphone.isMuted),
    sid: member.camera?.sid,
  };
}

function selfTile(member: CallMember, media: MediaView): Tile {
  const isMuted = !isSounding(media.microphone);
  return { key: member.id, kind: "self", member, video: trackOf(media.camera), isMuted, sid: undefined };
}

function visible(track: CallMember["camera"]): MediaStreamTrack | undefined {
  return track === undefined || track.isMuted ? undefined : track.track;
}
