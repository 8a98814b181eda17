import type { Place } from "./leave/LeaveJob.ts";
import type { ParticipantLookUp } from "./leave/ports.ts";

/** What the service asks of an SFU. */
export interface SfuRooms extends ParticipantLookUp {
  /** Makes sure the room exists. Rejects if it cannot. */
  createRoom(name: string): Promise<void>;
  /** Throws somebody out; nobody there is fine. */
  remove(place: Place): Promise<void>;
  /** Proves that the SFU is reachable and takes our key. */
  listRooms(name: string): Promise<void>;
  /** Whether a token alone makes a room come to be (`auto_create`); `undefined` if the SFU does not tell. */
  canJoinMissingRoom(room: string): Promise<boolean | undefined>;
}

/** The SFU answered, but not with success. */
export class SfuCallFailed extends Error {
  override readonly name = "SfuCallFailed";
  readonly status: number;
  /** Twirp's own code, such as `not_found`; `undefined` if something else than the room service answered. */
  readonly twirpCode: string | undefined;
  /** The SFU's clock minus ours, where its answer tells. */
  readonly skewMs: number | undefined;

  constructor(status: number, twirpCode: string | undefined, skewMs: number | undefined) {
    super(`The SFU answered ${status}${twirpCode === undefined ? "" : ` ${twirpCode}`}`);
    this.status = status;
    this.twirpCode = twirpCode;
    this.skewMs = skewMs;
  }
}
