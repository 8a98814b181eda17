import { type Clock, type Logger, type Scope, sleep } from "@conclave/kit";

import { CALL_EVENTS } from "../callEvents.ts";
import { MatrixRtcError } from "../errors.ts";
import type { EventId, RoomId } from "../ids.ts";
import type { MatrixPort, RoomEvent } from "../ports.ts";
import { HAND_RELATION } from "./callReactionEvents.ts";

export interface ReadHandsDeps {
  readonly matrix: Pick<MatrixPort, "readRecentEvents" | "readRelations">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Questions at one time. */
const PARALLEL = 4;
/** Members of whom it is asked; hands of more are seen when they are raised. */
const MAX_READ = 200;
const MAX_TRIES = 3;
const RETRY_MS = 2_000;

/**
 * Asks for the hands that were raised before one came: those on the given membership events. One question for all of them,
 * unless the room is full of annotations or the newest cannot be asked for: then one for each. Never rejects; what the
 * homeserver does not tell is left out.
 */
export async function readHands(
  deps: ReadHandsDeps,
  { roomId, targets }: { readonly roomId: RoomId; readonly targets: readonly EventId[] },
  found: (event: RoomEvent) => void,
  scope: Scope,
): Promise<void> {
  if (targets.length === 0) return;
  const recent = await ask(deps, scope, () => deps.matrix.readRecentEvents(roomId, CALL_EVENTS.annotation));
  if (scope.isEnded) return;
  if (recent?.isAll) return recent.events.forEach(found);
  const open = targets.slice(0, MAX_READ);
  const work = async (): Promise<void> => {
    for (let target = open.shift(); target && !scope.isEnded; target = open.shift()) {
      const query = { eventId: target, relType: HAND_RELATION, type: CALL_EVENTS.annotation };
      const answers = await ask(deps, scope, () => deps.matrix.readRelations(roomId, query));
      if (!scope.isEnded) answers?.forEach(found);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

/** Asks a few times; `undefined` if there is no answer. */
async function ask<T>(deps: ReadHandsDeps, scope: Scope, question: () => Promise<T>): Promise<T | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await question();
    } catch (fault) {
      if (!(fault instanceof MatrixRtcError)) throw fault;
      if (!fault.retryable || tries >= MAX_TRIES || scope.isEnded) {
        deps.logger.debug("raised hands of a member not read", { code: fault.code });
        return undefined;
      }
      await sleep(deps.clock, fault.retryAfterMs ?? RETRY_MS * tries, scope.signal).catch(() => {});
    }
  }
}
