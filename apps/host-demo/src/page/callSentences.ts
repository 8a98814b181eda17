/** An event of a room as far as calls are concerned, decrypted. */
export interface CallEvent {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  /** What the sender is called. */
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly sentAtMs: number;
}

export interface CallSentences {
  /** What happened, by the id of the event that says so. */
  readonly sentences: ReadonlyMap<string, string>;
  /** When a sentence changes by itself, because something has rung for long enough. */
  readonly changesAtMs: number | undefined;
}

const NOTIFICATIONS: ReadonlySet<string> = new Set(["org.matrix.msc4075.rtc.notification", "m.rtc.notification"]);
const DECLINES: ReadonlySet<string> = new Set(["org.matrix.msc4310.rtc.decline", "m.rtc.decline"]);
const MEMBERSHIPS: ReadonlySet<string> = new Set([
  "org.matrix.msc3401.call.member",
  "org.matrix.msc4143.rtc.member",
  "m.rtc.member",
]);
const LIFETIME_MS = { usual: 90_000, most: 120_000 };

type Outcome = "ringing" | "answered" | "declined" | "missed";

interface Ring {
  readonly event: CallEvent;
  readonly endsAtMs: number;
}

/**
 * Tells calls as sentences: who called, who declined, what was missed.
 *
 * @param events of one room, oldest first
 * @see matrixrtc.md 12.1, 12.4
 */
export function callSentences(events: readonly CallEvent[], self: string, nowMs: number): CallSentences {
  const sentences = new Map<string, string>();
  let changesAtMs: number | undefined;
  for (const event of events) {
    const isOwn = event.sender === self;
    if (DECLINES.has(event.type)) sentences.set(event.id, `${isOwn ? "You" : event.name} declined the call`);
    if (!NOTIFICATIONS.has(event.type)) continue;
    const ring = readRing(event);
    if (!ring) {
      sentences.set(event.id, `${isOwn ? "You" : event.name} started a call`);
      continue;
    }
    const outcome = outcomeOf(ring, events, nowMs);
    sentences.set(event.id, isOwn ? ownSentence(outcome) : sentenceOf(event.name, outcome));
    if (outcome === "ringing") changesAtMs = Math.min(changesAtMs ?? Infinity, ring.endsAtMs);
  }
  return { sentences, changesAtMs };
}

function sentenceOf(name: string, outcome: Outcome): string {
  if (outcome === "missed") return `Missed call from ${name}`;
  return outcome === "ringing" ? `${name} is calling` : `${name} called`;
}

function ownSentence(outcome: Outcome): string {
  if (outcome === "missed") return "You called, and nobody picked up";
  return outcome === "ringing" ? "You are calling" : "You called";
}

/** `undefined`: it only tells, and rings nobody. */
function readRing(event: CallEvent): Ring | undefined {
  const { lifetime, notification_type: kind } = event.content;
  if (kind === "notification") return undefined;
  const lifetimeMs =
    typeof lifetime === "number" && lifetime >= 0 ? Math.min(lifetime, LIFETIME_MS.most) : LIFETIME_MS.usual;
  return { event, endsAtMs: event.sentAtMs + lifetimeMs };
}

function outcomeOf({ event, endsAtMs }: Ring, events: readonly CallEvent[], nowMs: number): Outcome {
  const answers = events.filter(({ sender }) => sender !== event.sender);
  if (answers.some((answer) => isArrival(answer) && answer.sentAtMs >= event.sentAtMs && answer.sentAtMs <= endsAtMs))
    return "answered";
  if (answers.some((answer) => DECLINES.has(answer.type) && targetOf(answer) === event.id)) return "declined";
  return nowMs < endsAtMs ? "ringing" : "missed";
}

/** A membership with nothing in it is one that has ended. */
function isArrival({ type, content }: CallEvent): boolean {
  return MEMBERSHIPS.has(type) && Object.keys(content).some((key) => key !== "msc4354_sticky_key");
}

function targetOf({ content }: CallEvent): unknown {
  const relation = content["m.relates_to"];
  return typeof relation === "object" && relation !== null && "event_id" in relation ? relation.event_id : undefined;
}
