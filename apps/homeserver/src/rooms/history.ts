import type { Core } from "../Core.ts";
import { passes, type EventFilter } from "../sync/filter.ts";
import type { RoomEvent } from "./model.ts";
import { readerOf } from "./visibility.ts";

/** Events read at once, and how often, when most of them are filtered away. */
const CHUNK = 200;
const MAX_CHUNKS = 10;

export interface PageRequest {
  readonly roomId: string;
  readonly userId: string;
  /** A place between events: backwards from here, or forwards. */
  readonly fromPos: number;
  readonly toPos: number | undefined;
  readonly isBackwards: boolean;
  readonly limit: number;
  readonly filter: EventFilter | undefined;
}

export interface Page {
  readonly events: readonly RoomEvent[];
  /** Where the next page begins; `undefined` at the end. */
  readonly nextPos: number | undefined;
}

/** Reads one page of what the user may see of a room, newest first when backwards. */
export function readPage(core: Core, request: PageRequest): Page {
  const sees = readerOf(core, request.roomId, request.userId);
  const events: RoomEvent[] = [];
  let at = request.fromPos;
  for (let chunkCount = 0; chunkCount < MAX_CHUNKS; chunkCount++) {
    const chunk = readChunk(core, request, at);
    for (const event of chunk) {
      at = request.isBackwards ? event.pos - 1 : event.pos;
      if (sees(event) && passes(request.filter, event)) events.push(event);
      if (events.length >= request.limit) return { events, nextPos: at };
    }
    if (chunk.length < CHUNK) return { events, nextPos: undefined };
  }
  return { events, nextPos: at };
}

function readChunk(core: Core, { roomId, toPos, isBackwards }: PageRequest, at: number): RoomEvent[] {
  return isBackwards
    ? core.events.newestFirst(roomId, { afterPos: toPos ?? 0, upToPos: at, limit: CHUNK })
    : core.events.oldestFirst(roomId, { afterPos: at, upToPos: toPos ?? core.db.position, limit: CHUNK });
}
