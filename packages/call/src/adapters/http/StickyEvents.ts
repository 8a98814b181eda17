import type { EventId, RawEvent } from "@conclave/matrix-rtc";

import { stringAt } from "./json.ts";
import type { SyncEvent } from "./parseSync.ts";

/** The longest that an event can be sticky (MSC4354). */
const MAX_STICKY_MS = 3_600_000;
/** Older events of one key that are kept in case the current one is redacted. */
const MAX_VERSIONS = 4;
/** Keys per room; a room that floods more than that loses its oldest. */
const MAX_KEYS = 5000;

interface Entry {
  readonly event: RawEvent;
  readonly expiresAtMs: number;
}

/** The unexpired sticky events of one type in one room: one current event per sender and sticky key. */
export class StickyEvents {
  readonly #entries = new Map<string, Entry[]>();

  /** @returns true if something changed */
  add(event: SyncEvent, nowMs: number): boolean {
    if (!event.sticky) return false;
    const expiresAtMs = stickyUntilMs(event.originServerTsMs, event.sticky, nowMs);
    if (expiresAtMs <= nowMs) return false;
    const key = `${event.sender}\n${stickyKeyOf(event)}`;
    const versions = this.#entries.get(key) ?? [];
    if (versions.some((known) => known.event.eventId === event.eventId)) return false;
    const entry = { event: withoutWire(event, expiresAtMs - nowMs), expiresAtMs };
    this.#entries.delete(key);
    this.#entries.set(key, [...versions, entry].toSorted(newestFirst).slice(0, MAX_VERSIONS));
    this.#dropOldest();
    return true;
  }

  /** Reverts to the next older unexpired event of the same key. @returns true if something changed */
  redact(eventId: EventId): boolean {
    for (const [key, versions] of this.#entries) {
      const kept = versions.filter((version) => version.event.eventId !== eventId);
      if (kept.length === versions.length) continue;
      if (kept.length === 0) this.#entries.delete(key);
      else this.#entries.set(key, kept);
      return true;
    }
    return false;
  }

  /** @returns true if something has expired */
  expire(nowMs: number): boolean {
    let changed = false;
    for (const [key, versions] of this.#entries) {
      const kept = versions.filter((version) => version.expiresAtMs > nowMs);
      if (kept.length === versions.length) continue;
      changed = true;
      if (kept.length === 0) this.#entries.delete(key);
      else this.#entries.set(key, kept);
    }
    return changed;
  }

  /** When `expire` has to be called next. */
  get nextExpiryMs(): number | undefined {
    let next: number | undefined;
    for (const versions of this.#entries.values()) {
      for (const { expiresAtMs } of versions) next = next === undefined ? expiresAtMs : Math.min(next, expiresAtMs);
    }
    return next;
  }

  current(): readonly RawEvent[] {
    return Array.from(this.#entries.values(), (versions) => versions[0]?.event).filter((event) => event !== undefined);
  }

  #dropOldest(): void {
    while (this.#entries.size > MAX_KEYS) {
      const oldest = this.#entries.keys().next();
      if (oldest.done) return;
      this.#entries.delete(oldest.value);
    }
  }
}

/** @see MSC4354: by the remaining time where the server gives it, else from the earlier of now and its timestamp */
export function stickyUntilMs(
  originServerTsMs: number,
  sticky: NonNullable<SyncEvent["sticky"]>,
  nowMs: number,
): number {
  if (sticky.ttlMs !== undefined) return nowMs + Math.min(sticky.ttlMs, MAX_STICKY_MS);
  return Math.min(nowMs, originServerTsMs) + Math.min(sticky.durationMs, MAX_STICKY_MS);
}

/** An event without a sticky key stands for itself. */
function stickyKeyOf(event: SyncEvent): string {
  return stringAt(event.content, "msc4354_sticky_key") ?? stringAt(event.content, "sticky_key") ?? event.eventId;
}

/** Ties of time are broken by the event id, so that every client picks the same one. */
function newestFirst(a: Entry, b: Entry): number {
  const byTime = b.event.originServerTsMs - a.event.originServerTsMs;
  if (byTime !== 0) return byTime;
  return a.event.eventId < b.event.eventId ? 1 : -1;
}

function withoutWire(event: SyncEvent, stickyForMs: number): RawEvent {
  const { type, eventId, sender, originServerTsMs, content, encryptedBy } = event;
  return {
    type,
    eventId,
    sender,
    originServerTsMs,
    content,
    stickyForMs,
    ...(encryptedBy === undefined ? {} : { encryptedBy }),
  };
}
