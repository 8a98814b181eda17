import { isObject, type JsonObject } from "../json.ts";
import type { StateReader } from "./model.ts";

/** Levels of the creator of a room that has no power levels event. */
const CREATOR_LEVEL = 100;

const DEFAULTS = { ban: 50, kick: 50, redact: 50, invite: 0, events_default: 0, state_default: 50, users_default: 0 };
type LevelName = keyof typeof DEFAULTS;

/** The levels of one room, with the defaults of room versions 10 and 11. */
export interface PowerLevels {
  ofUser(userId: string): number;
  /** What sending an event of this type takes. */
  forEvent(type: string, isState: boolean): number;
  /** What an action takes. */
  named(name: "ban" | "kick" | "redact" | "invite"): number;
}

/** @see Room version 10, "Authorization rules" and `m.room.power_levels` */
export function readPowerLevels(state: StateReader): PowerLevels {
  const event = state("m.room.power_levels", "");
  const creator = state("m.room.create", "")?.sender;
  const content = event?.content ?? {};
  const users = record(content["users"]);
  const events = record(content["events"]);
  // Without the event, anything but state changes is open and the creator may do everything.
  const level = (name: LevelName): number => number(content[name]) ?? (event ? DEFAULTS[name] : bare(name));
  return {
    ofUser: (userId) =>
      number(users[userId]) ?? (!event && userId === creator ? CREATOR_LEVEL : level("users_default")),
    forEvent: (type, isState) => number(events[type]) ?? level(isState ? "state_default" : "events_default"),
    named: level,
  };
}

function bare(name: LevelName): number {
  return name === "state_default" ? 0 : DEFAULTS[name];
}

/**
 * Checks a change of the levels themselves: nobody hands out, takes away or moves a level above the own one.
 *
 * @returns why it is refused, or `undefined`
 */
export function checkPowerLevelChange(
  before: JsonObject,
  after: JsonObject,
  sender: string,
  own: number,
): string | undefined {
  const malformed = findMalformed(after);
  if (malformed !== undefined) return malformed;
  const pairs: readonly (readonly [JsonObject, JsonObject])[] = [
    [scalars(before), scalars(after)],
    [record(before["events"]), record(after["events"])],
    [record(before["notifications"]), record(after["notifications"])],
  ];
  for (const [old, fresh] of pairs) {
    const fault = checkEntries(old, fresh, own);
    if (fault !== undefined) return fault;
  }
  return checkUsers(record(before["users"]), record(after["users"]), sender, own);
}

function scalars(content: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, content[name]]));
}

function checkEntries(before: JsonObject, after: JsonObject, own: number): string | undefined {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[key] === after[key]) continue;
    if (Math.max(number(before[key]) ?? own, number(after[key]) ?? own) > own)
      return `The level of ${key} is above your own`;
  }
  return undefined;
}

function checkUsers(before: JsonObject, after: JsonObject, sender: string, own: number): string | undefined {
  for (const user of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[user] === after[user]) continue;
    const old = number(before[user]);
    if (old !== undefined && user !== sender && old >= own) return `${user} has no less power than you`;
    if ((number(after[user]) ?? own) > own) return "You cannot give more power than you have";
  }
  return undefined;
}

function findMalformed(content: JsonObject): string | undefined {
  for (const name of Object.keys(DEFAULTS)) {
    if (content[name] !== undefined && number(content[name]) === undefined) return `${name} must be an integer`;
  }
  for (const name of ["users", "events", "notifications"]) {
    const entries = content[name];
    if (entries === undefined) continue;
    if (!isObject(entries) || Object.values(entries).some((value) => number(value) === undefined))
      return `${name} must map to integers`;
  }
  return undefined;
}

function record(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}
