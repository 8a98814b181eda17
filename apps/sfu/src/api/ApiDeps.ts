import type { Clock, Logger } from "@conclave/kit";

import type { SfuLimits } from "../config/limits.ts";
import { SfuError } from "../errors.ts";
import type { Participant } from "../room/Participant.ts";
import type { Room } from "../room/Room.ts";
import type { RoomRegistry } from "../room/RoomRegistry.ts";

/** What the methods of the server API work on. */
export interface ApiDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rooms: RoomRegistry;
  readonly limits: SfuLimits;
  /** Whether the server API may open a microphone that is muted. */
  readonly allowsRemoteUnmute: boolean;
}

/** @throws {SfuError} `room_not_found` */
export async function requireRoom({ rooms }: ApiDeps, name: string): Promise<Room> {
  const room = await rooms.find(name);
  if (!room) throw new SfuError("room_not_found", "requested room does not exist");
  return room;
}

/** @throws {SfuError} `participant_not_found`, also if there is no such room */
export async function requireParticipant(
  { rooms }: ApiDeps,
  { room: name, identity }: { readonly room: string; readonly identity: string },
): Promise<{ readonly room: Room; readonly participant: Participant }> {
  const room = await rooms.find(name);
  const participant = room?.withIdentity(identity);
  if (!room || !participant) throw new SfuError("participant_not_found", "participant does not exist");
  return { room, participant };
}

/** @throws {SfuError} `argument_invalid` */
export function requireAtMost(limit: number, size: number, what: string): void {
  if (size > limit) throw new SfuError("argument_invalid", `${what} exceeds limits: at most ${limit}`);
}
