import type { Core } from "../Core.ts";
import type { RoomEvent } from "../rooms/model.ts";
import type { RoomView, Timeline } from "./roomAnswer.ts";

const MEMBER = "m.room.member";
/** Members remembered as sent; beyond that some are sent again, which does no harm. */
const MAX_LAZY_MEMBERS = 2_000;

export interface ChangedState {
  /** What the client asked for, and does not have. */
  readonly events: readonly RoomEvent[];
  /** Everything that changed, asked for or not. */
  readonly changes: readonly RoomEvent[];
  readonly lazyMembers: ReadonlySet<string>;
}

/** `required_state` of one room's answer. @see MSC4186, "Changes to `required_state`", "Lazy loaded memberships" */
export function changedState(core: Core, view: RoomView, timeline: Timeline): ChangedState {
  const { room, config, known, isInitial, fromPos, endPos } = view;
  const changes = fromPos < endPos ? core.events.stateBetween(room.roomId, fromPos, endPos) : [];
  const wanted = new Map(changes.filter((event) => config.requiredState.matches(event)).map(byPos));
  if (!isInitial && known && !known.requiredState.equals(config.requiredState)) {
    const isNew = (event: RoomEvent): boolean =>
      config.requiredState.matches(event) && !known.requiredState.matches(event);
    for (const event of core.events.stateBetween(room.roomId, 0, endPos).filter(isNew)) wanted.set(event.pos, event);
  }
  const before = isInitial ? new Set<string>() : (known?.lazyMembers ?? new Set<string>());
  const lazy = config.requiredState.isLazy ? lazyMembers(core, view, timeline, { before, changes }) : [];
  for (const event of lazy) wanted.set(event.pos, event);
  const events = [...wanted.values()].toSorted((a, b) => a.pos - b.pos);
  const sent = lazy.map((event) => event.stateKey ?? "");
  return { events, changes, lazyMembers: new Set([...before, ...sent].slice(-MAX_LAZY_MEMBERS)) };
}

function byPos(event: RoomEvent): [number, RoomEvent] {
  return [event.pos, event];
}

interface LazyInput {
  /** Members that the client has. */
  readonly before: ReadonlySet<string>;
  readonly changes: readonly RoomEvent[];
}

/** Those who speak in the timeline or whose membership it is about, and without a gap everybody who came or went. */
function lazyMembers(core: Core, view: RoomView, timeline: Timeline, { before, changes }: LazyInput): RoomEvent[] {
  const changed = changes.filter((event) => event.type === MEMBER);
  const inTimeline = timeline.events.flatMap((event) =>
    event.type === MEMBER ? [event.sender, event.stateKey ?? ""] : [event.sender],
  );
  const isGap = view.isInitial || timeline.isLimited;
  const wanted = new Set([...inTimeline, ...(isGap ? [] : changed.map((event) => event.stateKey ?? ""))]);
  const isStale = new Set(changed.map((event) => event.stateKey));
  return [...wanted]
    .filter((userId) => isStale.has(userId) || !before.has(userId))
    .map((userId) => core.events.stateAt(view.room.roomId, MEMBER, userId, view.endPos))
    .filter((event) => event !== undefined);
}
