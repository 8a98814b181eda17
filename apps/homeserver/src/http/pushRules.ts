import type { JsonObject } from "../json.ts";

type Rule = JsonObject;

const NOTIFY: readonly unknown[] = ["notify"];
const NOTIFY_SOUND: readonly unknown[] = ["notify", { set_tweak: "sound", value: "default" }];

function rule(ruleId: string, actions: readonly unknown[], conditions: readonly JsonObject[]): Rule {
  return { rule_id: ruleId, default: true, enabled: true, actions, conditions };
}

function matches(key: string, pattern: string): JsonObject {
  return { kind: "event_match", key, pattern };
}

/** Decide what is quiet whatever else applies, and what is loud. */
function overrides(userId: string): Rule[] {
  const highlight = { set_tweak: "highlight" };
  const mayNotifyRoom = { kind: "sender_notification_permission", key: "room" };
  return [
    { ...rule(".m.rule.master", [], []), enabled: false },
    rule(".m.rule.suppress_notices", [], [matches("content.msgtype", "m.notice")]),
    rule(".m.rule.invite_for_me", NOTIFY_SOUND, [
      matches("type", "m.room.member"),
      matches("content.membership", "invite"),
      matches("state_key", userId),
    ]),
    rule(".m.rule.member_event", [], [matches("type", "m.room.member")]),
    rule(
      ".m.rule.is_user_mention",
      [...NOTIFY_SOUND, highlight],
      [{ kind: "event_property_contains", key: "content.m\\.mentions.user_ids", value: userId }],
    ),
    rule(".m.rule.contains_display_name", [...NOTIFY_SOUND, highlight], [{ kind: "contains_display_name" }]),
    rule(
      ".m.rule.is_room_mention",
      ["notify", highlight],
      [{ kind: "event_property_is", key: "content.m\\.mentions.room", value: true }, mayNotifyRoom],
    ),
    rule(".m.rule.roomnotif", ["notify", highlight], [matches("content.body", "@room"), mayNotifyRoom]),
    rule(".m.rule.tombstone", ["notify", highlight], [matches("type", "m.room.tombstone"), matches("state_key", "")]),
    rule(".m.rule.reaction", [], [matches("type", "m.reaction")]),
    rule(".m.rule.room.server_acl", [], [matches("type", "m.room.server_acl"), matches("state_key", "")]),
    rule(
      ".m.rule.suppress_edits",
      [],
      [{ kind: "event_property_is", key: "content.m\\.relates_to.rel_type", value: "m.replace" }],
    ),
  ];
}

/** The rules that everybody starts with. @see Client-Server API, "Predefined Rules" */
export function pushRules(userId: string): JsonObject {
  const isDirect = { kind: "room_member_count", is: "2" };
  const ring = ["notify", { set_tweak: "sound", value: "ring" }];
  return {
    override: overrides(userId),
    content: [],
    room: [],
    sender: [],
    underride: [
      rule(".m.rule.call", ring, [matches("type", "m.call.invite")]),
      rule(".m.rule.encrypted_room_one_to_one", NOTIFY_SOUND, [isDirect, matches("type", "m.room.encrypted")]),
      rule(".m.rule.room_one_to_one", NOTIFY_SOUND, [isDirect, matches("type", "m.room.message")]),
      rule(".m.rule.message", NOTIFY, [matches("type", "m.room.message")]),
      rule(".m.rule.encrypted", NOTIFY, [matches("type", "m.room.encrypted")]),
    ],
  };
}
