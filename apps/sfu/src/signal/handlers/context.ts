import type { Clock } from "@conclave/kit";

import type { Participant } from "../../room/Participant.ts";
import type { Room } from "../../room/Room.ts";

/** What every handler gets besides its message. */
export interface RequestContext {
  readonly room: Room;
  readonly participant: Participant;
  readonly clock: Clock;
}
