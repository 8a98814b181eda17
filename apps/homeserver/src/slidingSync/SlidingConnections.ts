import { MatrixError } from "../errors.ts";
import { newOpaqueId, type RandomBytes } from "../ids.ts";
import type { Session } from "../store/AccountStore.ts";
import type { RequiredState } from "./RequiredState.ts";

/** Connections remembered at once; the one that was quiet for longest starts anew. */
const MAX_CONNECTIONS = 5_000;
/**
 * Answers of one connection from which its client may go on. One would do for a client that takes every answer; a request
 * that was given up may be answered behind the one that took its place.
 */
const MAX_POINTS = 6;

/** What a connection has been told of one room. */
export interface KnownRoom {
  readonly sentUpTo: number;
  readonly timelineLimit: number;
  readonly requiredState: RequiredState;
  /** Members that were sent because the timeline needed them. */
  readonly lazyMembers: ReadonlySet<string>;
}

/** What a client knows once it has taken an answer. */
export interface ConnectionState {
  /** Newest stream position that the answer covered. */
  readonly stream: number;
  readonly rooms: ReadonlyMap<string, KnownRoom>;
  /** Rooms whose sticky events are followed by token. */
  readonly stickyRooms: ReadonlySet<string>;
}

/** One answer's place in a connection. */
export interface ConnectionPoint {
  readonly connection: string;
  readonly state: ConnectionState;
}

const NOTHING: ConnectionState = { stream: 0, rooms: new Map(), stickyRooms: new Set() };

/**
 * What every sliding sync connection knows after each of its last answers. In memory: after a restart clients start anew, as MSC4186 lets a server ask of them.
 */
export class SlidingConnections {
  readonly #states = new Map<string, Map<string, ConnectionState>>();
  /** Positions of an earlier process are not those of this one. */
  readonly #prefix: string;
  #count = 0;

  constructor(random: RandomBytes) {
    this.#prefix = newOpaqueId(random);
  }

  /**
   * Finds where a client is. Without a position a new connection takes the place of the one with the same id.
   *
   * @throws {MatrixError} 400 `M_UNKNOWN_POS`
   */
  open({ userId, deviceId }: Session, connId: string, pos: string | undefined): ConnectionPoint {
    const connection = JSON.stringify([userId, deviceId, connId]);
    if (pos === undefined) {
      this.#states.delete(connection);
      return { connection, state: NOTHING };
    }
    const points = this.#states.get(connection);
    const state = points?.get(pos);
    if (!points || !state) throw new MatrixError(400, "M_UNKNOWN_POS", "Unknown position: start a new connection");
    touch(points, pos, state);
    return { connection, state };
  }

  /** Notes what the client will know. @returns the position to ask from */
  advance({ connection }: ConnectionPoint, next: ConnectionState): string {
    const pos = `${this.#prefix}.${this.#count++}`;
    const points = this.#states.get(connection) ?? new Map<string, ConnectionState>();
    touch(points, pos, next);
    forgetOldest(points, MAX_POINTS);
    touch(this.#states, connection, points);
    forgetOldest(this.#states, MAX_CONNECTIONS);
    return pos;
  }
}

/** Makes an entry the newest. */
function touch<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
}

function forgetOldest(map: Map<string, unknown>, limit: number): void {
  if (map.size <= limit) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
