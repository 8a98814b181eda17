import { isObject, textAt } from "../json.ts";
import type { EventDraft, Membership, StateReader } from "./model.ts";
import { checkPowerLevelChange, readPowerLevels, type PowerLevels } from "./powerLevels.ts";

/** What rules ask about the room beyond its own state. */
export interface RoomFacts {
  readonly state: StateReader;
  /** Restricted rooms: is the user joined to that other room? */
  readonly isJoined: (roomId: string, userId: string) => boolean;
}

/**
 * Decides whether `draft` may be added to a room.
 *
 * @returns why it is refused, or `undefined` if it is allowed
 * @see Room version 11, "Authorization rules" (this server has linear history, so state conflicts cannot arise)
 */
export function authorize(draft: EventDraft, facts: RoomFacts): string | undefined {
  if (draft.type === "m.room.create") return "A room is created once";
  if (draft.type === "m.room.member") return authorizeMember(draft, facts);
  const { state } = facts;
  if (membershipOf(state, draft.sender) !== "join") return `${draft.sender} is not in the room`;
  const levels = readPowerLevels(state);
  const own = levels.ofUser(draft.sender);
  const isState = draft.stateKey !== undefined;
  if (own < levels.forEvent(draft.type, isState)) return `Sending ${draft.type} takes more power`;
  if (draft.stateKey?.startsWith("@") && draft.stateKey !== draft.sender)
    return "State keys that start with @ belong to that user";
  if (draft.type === "m.room.power_levels" && isState) {
    // The first levels of a room change nothing; only their form is checked.
    const before = state("m.room.power_levels", "")?.content ?? draft.content;
    return checkPowerLevelChange(before, draft.content, draft.sender, own);
  }
  return undefined;
}

function authorizeMember(draft: EventDraft, facts: RoomFacts): string | undefined {
  const target = draft.stateKey;
  const wanted = textAt(draft.content, "membership");
  if (!target?.startsWith("@")) return "A member event needs a user id as state key";
  if (wanted === undefined || !isMembership(wanted)) return "Unknown membership";
  const change: MemberChange = {
    sender: draft.sender,
    target,
    before: membershipOf(facts.state, target),
    senderMembership: membershipOf(facts.state, draft.sender),
    levels: readPowerLevels(facts.state),
    facts,
  };
  return MEMBER_CHECKS[wanted](change);
}

interface MemberChange {
  readonly sender: string;
  readonly target: string;
  readonly before: Membership | undefined;
  readonly senderMembership: Membership | undefined;
  readonly levels: PowerLevels;
  readonly facts: RoomFacts;
}

function checkJoin({ sender, target, before, facts }: MemberChange): string | undefined {
  if (sender !== target) return "Nobody can join for somebody else";
  if (before === "ban") return "You are banned from this room";
  if (before === "join" || before === "invite") return undefined;
  const rule = joinRule(facts.state);
  if (rule === "public") return undefined;
  if ((rule === "restricted" || rule === "knock_restricted") && isAllowedByRoom(facts, target)) return undefined;
  return "You are not invited to this room";
}

function checkInvite({ sender, before, senderMembership, levels }: MemberChange): string | undefined {
  if (senderMembership !== "join") return `${sender} is not in the room`;
  if (before === "join") return "The user is already in the room";
  if (before === "ban") return "The user is banned from the room";
  return levels.ofUser(sender) < levels.named("invite") ? "Inviting takes more power" : undefined;
}

function checkLeave({ sender, target, before, senderMembership, levels }: MemberChange): string | undefined {
  if (sender === target) {
    return before === "join" || before === "invite" || before === "knock" ? undefined : "You are not in the room";
  }
  if (senderMembership !== "join") return `${sender} is not in the room`;
  const own = levels.ofUser(sender);
  if (before === "ban" && own < levels.named("ban")) return "Unbanning takes more power";
  if (own < levels.named("kick") || own <= levels.ofUser(target)) return "Removing this user takes more power";
  return undefined;
}

function checkBan({ sender, target, senderMembership, levels }: MemberChange): string | undefined {
  if (senderMembership !== "join") return `${sender} is not in the room`;
  const own = levels.ofUser(sender);
  return own < levels.named("ban") || own <= levels.ofUser(target) ? "Banning this user takes more power" : undefined;
}

function checkKnock({ sender, target, before, facts }: MemberChange): string | undefined {
  const rule = joinRule(facts.state);
  if (rule !== "knock" && rule !== "knock_restricted") return "This room does not take requests to join";
  if (sender !== target) return "Nobody can knock for somebody else";
  return before === "ban" || before === "join" || before === "invite" ? "You cannot knock now" : undefined;
}

const MEMBER_CHECKS: Readonly<Record<Membership, (change: MemberChange) => string | undefined>> = {
  join: checkJoin,
  invite: checkInvite,
  leave: checkLeave,
  ban: checkBan,
  knock: checkKnock,
};

function isMembership(text: string): text is Membership {
  return Object.hasOwn(MEMBER_CHECKS, text);
}

export function membershipOf(state: StateReader, userId: string): Membership | undefined {
  const event = state("m.room.member", userId);
  return event && (textAt(event.content, "membership") as Membership | undefined);
}

export function joinRule(state: StateReader): string {
  const event = state("m.room.join_rules", "");
  return (event && textAt(event.content, "join_rule")) ?? "invite";
}

function isAllowedByRoom(facts: RoomFacts, userId: string): boolean {
  const allow = facts.state("m.room.join_rules", "")?.content["allow"];
  if (!Array.isArray(allow)) return false;
  return allow.some((entry: unknown) => {
    const roomId = isObject(entry) && entry["type"] === "m.room_membership" ? textAt(entry, "room_id") : undefined;
    return roomId !== undefined && facts.isJoined(roomId, userId);
  });
}
