import { CALL_EVENTS } from "../callEvents.ts";
import type { EventId, UserId } from "../ids.ts";
import { isRecord } from "../json.ts";
import { tryReadId } from "../membership/RtcMembership.ts";
import type { RoomEvent } from "../ports.ts";

/** The key of the annotation that is a raised hand: U+1F590 U+FE0F. */
export const HAND_KEY = "\u{1F590}\uFE0F";

/** Hands and reactions refer to a membership by the id of its event. */
export const HAND_RELATION = "m.annotation";
const REFERENCE = "m.reference";

/** The name of an emoji that Element Call has no sound for. */
const GENERIC_NAME = "generic";

/** By the name that Element Call gives them. @see matrixrtc.md 12.7 */
const EMOJI_NAMES: Readonly<Record<string, string>> = {
  "👍": "thumbsup",
  "🎉": "party",
  "👏": "clapping",
  "🐶": "dog",
  "🐱": "cat",
  "💡": "lightbulb",
  "🦗": "crickets",
  "👎": "thumbsdown",
  "😵‍💫": "dizzy",
  "👌": "ok",
  "🥰": "heart",
  "😄": "laugh",
  "🦌": "deer",
  "🤘": "rock",
  "👋": "wave",
  "🥁": "drum",
};

/** An annotation that says that somebody raised a hand; nothing of it has been checked against the members. */
export interface HandEvent {
  readonly eventId: EventId;
  readonly sender: UserId;
  /** The membership event that it belongs to. */
  readonly target: EventId;
  /** When, by the homeserver's clock. */
  readonly atMs: number;
}

export interface ReactionEvent {
  readonly sender: UserId;
  readonly target: EventId;
  /** One grapheme. */
  readonly emoji: string;
}

export function handContent(target: EventId): object {
  return { "m.relates_to": { rel_type: HAND_RELATION, event_id: target, key: HAND_KEY } };
}

export function reactionContent(target: EventId, emoji: string): object {
  const name = EMOJI_NAMES[emoji] ?? GENERIC_NAME;
  return { "m.relates_to": { rel_type: REFERENCE, event_id: target }, emoji, name };
}

/** Reads an annotation that raises a hand; `undefined` for everything else. Never throws. */
export function tryReadHand({ type, eventId, sender, content, originServerTsMs }: RoomEvent): HandEvent | undefined {
  if (type !== CALL_EVENTS.annotation) return undefined;
  const relation = tryReadRelation(content, HAND_RELATION);
  if (relation?.key !== HAND_KEY) return undefined;
  return { eventId, sender, target: relation.target, atMs: Number.isFinite(originServerTsMs) ? originServerTsMs : 0 };
}

/** Reads an emoji reaction; `undefined` for everything else. Never throws. */
export function tryReadReaction({ type, sender, content }: RoomEvent): ReactionEvent | undefined {
  if (type !== CALL_EVENTS.reaction || !isRecord(content)) return undefined;
  const relation = tryReadRelation(content, REFERENCE);
  const emoji = firstGrapheme(content["emoji"]);
  return relation && emoji !== undefined ? { sender, target: relation.target, emoji } : undefined;
}

/** Longer than any emoji; what a text has more of is not looked at. */
const MAX_EMOJI_LENGTH = 32;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** What is read as one character, if it can be seen and is no longer than an emoji. */
export function firstGrapheme(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const [first] = graphemes.segment(text.slice(0, MAX_EMOJI_LENGTH + 1));
  if (!first || first.segment.length > MAX_EMOJI_LENGTH) return undefined;
  return VISIBLE.test(first.segment) ? first.segment : undefined;
}

/** The event that a content refers to in one way, with the key of an annotation. */
export function tryReadRelation(
  content: unknown,
  relType: string,
): { readonly target: EventId; readonly key: unknown } | undefined {
  const relation = isRecord(content) ? content["m.relates_to"] : undefined;
  if (!isRecord(relation) || relation["rel_type"] !== relType) return undefined;
  const target = tryReadId(relation["event_id"]);
  return target === undefined ? undefined : { target: target as EventId, key: relation["key"] };
}
