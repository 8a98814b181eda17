import type { Core } from "../Core.ts";
import { notFound } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { appendEvent } from "./appendEvent.ts";
import type { Membership, RoomEvent } from "./model.ts";

export interface MembershipChange {
  readonly roomId: string;
  readonly sender: string;
  readonly target: string;
  readonly membership: Membership;
  readonly reason?: string | undefined;
  /** Further fields, such as `is_direct`. */
  readonly extra?: JsonObject;
}

/** Sends the member event of a join, invite, leave, kick, ban, unban or knock. Joining twice changes nothing. */
export function changeMembership(core: Core, change: MembershipChange): RoomEvent | undefined {
  const { roomId, sender, target, membership, reason } = change;
  if (membership === "join" && core.members.membership(roomId, target) === "join") return undefined;
  const profile = membership === "join" || membership === "invite" || membership === "knock";
  return appendEvent(core, {
    roomId,
    type: "m.room.member",
    stateKey: target,
    sender,
    content: {
      membership,
      ...(profile && profileFields(core, target)),
      ...(reason !== undefined && { reason }),
      ...change.extra,
    },
  });
}

/** The profile as member events carry it. */
export function profileFields(core: Core, userId: string): JsonObject {
  const account = core.accounts.find(userId);
  return {
    ...(account?.displayName !== undefined && { displayname: account.displayName }),
    ...(account?.avatarUrl !== undefined && { avatar_url: account.avatarUrl }),
  };
}

/** Writes a changed profile into every room that the user is in; a room that refuses keeps the old one. */
export function propagateProfile(core: Core, userId: string): void {
  for (const roomId of core.members.joinedRooms(userId)) {
    const before = core.events.state(roomId, "m.room.member", userId)?.content ?? {};
    const rest = Object.fromEntries(
      Object.entries(before).filter(([key]) => key !== "displayname" && key !== "avatar_url" && key !== "reason"),
    );
    appendEvent(core, {
      roomId,
      type: "m.room.member",
      stateKey: userId,
      sender: userId,
      content: { ...rest, ...profileFields(core, userId) },
    });
  }
}

/** The room id that an id or an alias stands for. */
export function resolveRoom(core: Core, roomIdOrAlias: string): string {
  if (!roomIdOrAlias.startsWith("#")) return roomIdOrAlias;
  const row = core.db.get<{ room_id: string }>("SELECT room_id FROM aliases WHERE alias = ?", roomIdOrAlias);
  if (!row) throw notFound("Unknown room alias");
  return row.room_id;
}
