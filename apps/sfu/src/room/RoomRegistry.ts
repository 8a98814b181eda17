import type { CancelTimer } from "@conclave/kit";
import { DisconnectReason, LeaveRequest_Action } from "@livekit/protocol";

import { SfuError } from "../errors.ts";
import type { MediaPlane } from "../media/MediaPlane.ts";
import { announceQuality } from "./announceQuality.ts";
import { announceSpeakers } from "./announceSpeakers.ts";
import type { Participant } from "./Participant.ts";
import { Room, type RoomDeps } from "./Room.ts";
import { newSid } from "./sid.ts";

/** Most rooms on one SFU. */
export const MAX_ROOMS = 1000;
/** Most participants of one room. */
export const MAX_PARTICIPANTS = 200;
/** A room that nobody has joined yet is closed after this. */
export const EMPTY_TIMEOUT_MS = 300_000;
/** A room that everybody has left is closed after this. */
export const DEPARTURE_TIMEOUT_MS = 20_000;

export type RegistryDeps = Omit<RoomDeps, "occupancyChanged"> & { readonly plane: MediaPlane };

/** All rooms, from the first join or `create` until they have been empty for a while. */
export class RoomRegistry {
  readonly #deps: RegistryDeps;
  readonly #rooms = new Map<string, Promise<Room>>();
  readonly #closeTimers = new Map<Room, CancelTimer>();
  #isClosed = false;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
  }

  /** How many rooms there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /** The room of that name, if there is one. */
  find(name: string): Promise<Room> | undefined {
    return this.#rooms.get(name);
  }

  /**
   * The room of that name, made if need be.
   *
   * @throws {SfuError} `capacity_reached`, `media_unavailable`
   */
  create(name: string): Promise<Room> {
    const existing = this.#rooms.get(name);
    if (existing) return existing;
    if (this.#isClosed) return Promise.reject(new SfuError("ended", "The SFU is closing"));
    if (this.#rooms.size >= MAX_ROOMS) return Promise.reject(new SfuError("capacity_reached", "Too many rooms"));
    const room = this.#open(name);
    this.#rooms.set(name, room);
    room.catch(() => this.#rooms.delete(name));
    return room;
  }

  /** Finds who has a sid, for a resume. */
  async findParticipant(
    roomName: string,
    sid: string,
  ): Promise<{ readonly room: Room; readonly participant: Participant } | undefined> {
    const room = await this.find(roomName);
    const participant = room?.participant(sid);
    return room && participant ? { room, participant } : undefined;
  }

  /** The media worker has died: all sessions are over, and may begin anew at once. */
  async endAll(): Promise<void> {
    await this.#closeAll(DisconnectReason.STATE_MISMATCH);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#closeAll(DisconnectReason.SERVER_SHUTDOWN);
  }

  async #open(name: string): Promise<Room> {
    const { plane, ...deps } = this.#deps;
    const media = await plane.createRoom();
    const room = new Room(
      { ...deps, occupancyChanged: (each) => this.#scheduleClose(each, DEPARTURE_TIMEOUT_MS) },
      { sid: newSid("RM_", deps.randomBytes), name, createdAtMs: deps.clock.nowMs(), media },
    );
    announceSpeakers(room);
    announceQuality(room);
    this.#scheduleClose(room, EMPTY_TIMEOUT_MS);
    deps.logger.info("room opened", { room: room.sid });
    return room;
  }

  #scheduleClose(room: Room, delayMs: number): void {
    this.#closeTimers.get(room)?.();
    this.#closeTimers.delete(room);
    if (room.participants.length > 0 || room.isClosed) return;
    this.#closeTimers.set(
      room,
      this.#deps.clock.after(delayMs, () => {
        this.#closeTimers.delete(room);
        this.#rooms.delete(room.name);
        room.close(DisconnectReason.ROOM_CLOSED, LeaveRequest_Action.DISCONNECT);
      }),
    );
  }

  async #closeAll(reason: DisconnectReason): Promise<void> {
    const rooms = [...this.#rooms.values()];
    this.#rooms.clear();
    for (const pending of rooms) {
      const room = await pending.catch(() => undefined);
      if (!room) continue;
      room.close(reason, LeaveRequest_Action.RECONNECT);
      this.#closeTimers.get(room)?.();
      this.#closeTimers.delete(room);
    }
  }
}
