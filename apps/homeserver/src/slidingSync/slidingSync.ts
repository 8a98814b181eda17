import type { Core } from "../Core.ts";
import type { ClientEvent } from "../rooms/clientEvent.ts";
import type { Session } from "../store/AccountStore.ts";
import { PATIENCE_MS } from "../sync/sync.ts";
import { EXTENSIONS, type ExtensionInput } from "./extensions.ts";
import { roomAnswer, type SlidingRound } from "./roomAnswer.ts";
import { roomWindow, type RoomWindow } from "./roomWindow.ts";
import type { ConnectionPoint, ConnectionState, KnownRoom } from "./SlidingConnections.ts";
import type { SlidingBody } from "./slidingRequest.ts";
import { STICKY_EVENTS, stickyExtension } from "./stickyExtension.ts";
import { directRooms } from "./userRooms.ts";

export interface SlidingOptions {
  readonly session: Session;
  readonly pos: string | undefined;
  readonly timeoutMs: number;
  readonly body: SlidingBody;
  readonly signal: AbortSignal;
  /** Throws once the session has ended: a request that waits must not tell it anything more. */
  readonly checkSession: () => void;
}

/**
 * Answers a sliding sync request: at once if there is something to tell, at the start of a connection in any case, else
 * as soon as there is or empty after the timeout. What the account sent itself waits a moment for company, as in `/sync`.
 *
 * @throws {MatrixError} 400 `M_UNKNOWN_POS`
 * @see MSC4186; compared with Synapse's
 */
export async function slidingSync(core: Core, options: SlidingOptions): Promise<ClientEvent> {
  const { session, body } = options;
  const point = core.sliding.open(session, body.conn_id, options.pos);
  const acknowledged = body.extensions.to_device?.since;
  if (body.extensions.to_device?.enabled && typeof acknowledged === "number")
    core.toDevice.acknowledge(session, acknowledged);
  let deadlineMs = core.clock.monotonicMs() + Math.min(options.timeoutMs, core.config.limits.maxSyncTimeoutMs);
  for (;;) {
    const round = answer(core, options, point);
    if (round.news === "can_wait") deadlineMs = Math.min(deadlineMs, core.clock.monotonicMs() + PATIENCE_MS);
    const leftMs = deadlineMs - core.clock.monotonicMs();
    // Nobody takes this answer, so it must not move the connection.
    if (options.signal.aborted) return round.body;
    const mustAnswer = options.pos === undefined || leftMs <= 0;
    if (round.news === "urgent" || mustAnswer) return finish(core, point, round);
    await core.notifier.wait(session.userId, leftMs, options.signal);
    if (core.notifier.isClosed) return finish(core, point, round);
    options.checkSession();
  }
}

interface Round {
  readonly body: ClientEvent;
  readonly after: ConnectionState;
  readonly news: "urgent" | "can_wait" | "none";
}

function finish(core: Core, point: ConnectionPoint, round: Round): ClientEvent {
  return { pos: core.sliding.advance(point, round.after), ...round.body };
}

function answer(core: Core, options: SlidingOptions, { state }: ConnectionPoint): Round {
  const { session, body, pos } = options;
  const window = roomWindow(core, session.userId, body, state);
  const round: SlidingRound = {
    viewer: session,
    upTo: core.db.position,
    since: pos === undefined ? undefined : state.stream,
    direct: directRooms(core, session.userId),
  };
  const rooms = readRooms(core, round, window, state);
  const input: ExtensionInput = { session, round, window, state, asked: body.extensions };
  const extensions = readExtensions(core, input, rooms.shown);
  const isClaimed = body.extensions.e2ee?.enabled === true && core.keys.isClaimedSince(session, state.stream);
  const hasQuiet = rooms.echoes > 0 || isClaimed;
  return {
    news: rooms.urgent > 0 || extensions.isNews ? "urgent" : hasQuiet ? "can_wait" : "none",
    body: {
      ...(Object.keys(window.lists).length > 0 && { lists: window.lists }),
      rooms: rooms.sections,
      extensions: extensions.sections,
    },
    after: { stream: round.upTo, rooms: rooms.known, stickyRooms: window.interesting },
  };
}

interface Rooms {
  readonly sections: Readonly<Record<string, ClientEvent>>;
  readonly urgent: number;
  readonly echoes: number;
  readonly known: ReadonlyMap<string, KnownRoom>;
  /** Ids of events in timelines. */
  readonly shown: ReadonlySet<string>;
}

function readRooms(core: Core, round: SlidingRound, window: RoomWindow, state: ConnectionState): Rooms {
  const sections: Record<string, ClientEvent> = {};
  const known = new Map(state.rooms);
  const shown = new Set<string>();
  let [urgent, echoes] = [0, 0];
  for (const [roomId, { room, config }] of window.rooms) {
    const found = roomAnswer(core, round, { room, config, known: state.rooms.get(roomId) });
    known.set(roomId, found.knownAfter);
    if (!found.body) continue;
    sections[roomId] = found.body;
    for (const event of found.timeline) shown.add(event.eventId);
    if (found.isEcho) echoes += 1;
    else urgent += 1;
  }
  return { sections, urgent, echoes, known, shown };
}

interface Extensions {
  readonly sections: Readonly<Record<string, ClientEvent>>;
  readonly isNews: boolean;
}

function readExtensions(core: Core, input: ExtensionInput, shown: ReadonlySet<string>): Extensions {
  const sections: Record<string, ClientEvent> = {};
  let isNews = false;
  for (const [name, read] of [
    ...Object.entries(EXTENSIONS),
    [STICKY_EVENTS, (at: Core, asked: ExtensionInput) => stickyExtension(at, asked, shown)] as const,
  ]) {
    const found = read(core, input);
    if (!found) continue;
    sections[name] = found.body;
    isNews ||= found.isNews;
  }
  return { sections, isNews };
}
