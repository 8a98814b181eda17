import type { DelayedLeave } from "../grant/grantRequest.ts";

/** Where a participant is: one job may exist for each. */
export interface Place {
  /** LiveKit room. */
  readonly room: string;
  /** LiveKit identity. */
  readonly identity: string;
}

/** A delayed leave that the service looks after, and for whom. */
export interface LeaveJob extends Place, DelayedLeave {
  /** The homeserver that holds the delayed event. */
  readonly serverName: string;
}

/** A job as it is stored. */
export interface StoredJob extends LeaveJob {
  /** When the homeserver's timer last began to run, as far as we know. */
  readonly restartedAtMs: number;
}

/** One text for a place, for maps; no two places share it. */
export function keyOf({ room, identity }: Place): string {
  return `${room.length} ${room} ${identity}`;
}
