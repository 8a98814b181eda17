import { type CancelTimer, Emitter } from "@conclave/kit";
import { DisconnectReason, LeaveRequest_Action } from "@livekit/protocol";

import { SfuError } from "../errors.ts";
import type { MediaPlane } from "../media/MediaPlane.ts";
import { announceQuality } from "./announceQuality.ts";
import { announceSpeakers } from "./announceSpeakers.ts";
import type { Participant } from "./Participant.ts";
import { Room, type RoomDeps } from "./Room.ts";
import type { RoomHappening } from "./RoomHappening.ts";
import { defaultRoomSettings, type RoomSettings } from "./roomSettings.ts";
import { newSid } from "./sid.ts";

export type RegistryDeps = Omit<RoomDeps, "occupancyChanged" | "happened"> & {
  readonly plane: MediaPlane;
  /** Of rooms for which nothing else is asked. */
  readonly settings?: Partial<RoomSettings>;
};

/** What is asked for a room when it is made, or anew when it is there already. */
export type RoomRequest = Partial<RoomSettings> & { readonly metadata?: string };

/** All rooms, from the first join or `create` until they have been empty for a while. */
export class RoomRegistry {
  readonly happened: Emitter<RoomHappening> = new Emitter<RoomHappening>();
  readonly #deps: RegistryDeps;
  readonly #rooms = new Map<string, Promise<Room>>();
  /** Those of `#rooms` that are open. */
  readonly #open = new Set<Room>();
  readonly #closeTimers = new Map<Room, CancelTimer>();
  #participants = 0;
  #isClosed = false;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
  }

  /** The rooms that are open, oldest first. */
  get rooms(): readonly Room[] {
    return [...this.#open];
  }

  /** The room of that name, if there is one. */
  find(name: string): Promise<Room> | undefined {
    return this.#rooms.get(name);
  }

  /**
   * Makes sure that somebody may join; who is there already may always come again.
   *
   * @throws {SfuError} `capacity_reached`, `room_not_found` for a room that has been closed meanwhile, `ended`
   */
  requireSpace(room: Room | undefined, identity: string): void {
    const { limits } = this.#deps;
    if (this.#isClosed) throw new SfuError("ended", "The SFU is closing");
    if (room?.isClosed) throw new SfuError("room_not_found", "The room is gone");
    if (room?.withIdentity(identity)) return;
    if (room?.isFull) throw new SfuError("capacity_reached", "The room is full");
    if (!room && this.#rooms.size >= limits.rooms) throw new SfuError("capacity_reached", "Too many rooms");
    if (this.#participants >= limits.participants) {
      throw new SfuError("capacity_reached", "Too many participants");
    }
  }

  /**
   * The room of that name, made if need be.
   *
   * @throws {SfuError} `capacity_reached`, `media_unavailable`, `ended`
   */
  async create(name: string, request: RoomRequest = {}): Promise<Room> {
    const room = await (this.#rooms.get(name) ?? this.#begin(name));
    const { metadata = room.metadata, ...settings } = request;
    room.settings = { ...room.settings, ...settings };
    if (room.participants.length === 0 && settings.emptyTimeoutMs !== undefined) {
      this.#scheduleClose(room, settings.emptyTimeoutMs);
    }
    if (metadata !== room.metadata) {
      room.metadata = metadata;
      room.announceRoom();
    }
    return room;
  }

  /** Sends everybody away for good. */
  delete(room: Room): void {
    this.#rooms.delete(room.name);
    this.#closeRoom(room, DisconnectReason.ROOM_DELETED, LeaveRequest_Action.DISCONNECT);
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

  /** Lets nobody in any more, and sends everybody to another SFU, or to this one when it is back. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#closeAll(DisconnectReason.SERVER_SHUTDOWN);
  }

  #begin(name: string): Promise<Room> {
    if (this.#isClosed) return Promise.reject(new SfuError("ended", "The SFU is closing"));
    if (this.#rooms.size >= this.#deps.limits.rooms) {
      return Promise.reject(new SfuError("capacity_reached", "Too many rooms"));
    }
    const room = this.#openRoom(name);
    this.#rooms.set(name, room);
    room.catch(() => this.#rooms.delete(name));
    return room;
  }

  async #openRoom(name: string): Promise<Room> {
    const { plane, settings, ...deps } = this.#deps;
    const media = await plane.createRoom();
    const room = new Room(
      { ...deps, happened: (fact) => this.#onHappened(fact), occupancyChanged: (each) => this.#onOccupancy(each) },
      {
        sid: newSid("RM_", deps.randomBytes),
        name,
        createdAtMs: deps.clock.nowMs(),
        media,
        settings: { ...defaultRoomSettings, ...settings },
      },
    );
    announceSpeakers(room);
    announceQuality(room);
    media.died.on(room.scope, () => this.#restore(room));
    this.#open.add(room);
    this.#scheduleClose(room, room.settings.emptyTimeoutMs);
    deps.logger.info("room opened", { room: room.sid });
    this.happened.emit({ name: "roomStarted", room });
    return room;
  }

  /** Its media worker has died: a room like it takes its place, and all sessions may begin anew there at once. */
  #restore(room: Room): void {
    const { name, settings, metadata } = room;
    this.#rooms.delete(name);
    this.create(name, { ...settings, metadata }).catch((fault: unknown) => {
      const code = fault instanceof SfuError ? fault.code : "internal";
      this.#deps.logger.error("room not restored", { room: room.sid, code });
    });
    this.#closeRoom(room, DisconnectReason.STATE_MISMATCH, LeaveRequest_Action.RECONNECT);
  }

  #onHappened(fact: RoomHappening): void {
    if (fact.name === "participantJoined") this.#participants += 1;
    if (fact.name === "participantLeft") this.#participants -= 1;
    this.happened.emit(fact);
  }

  #onOccupancy(room: Room): void {
    this.#scheduleClose(room, room.settings.departureTimeoutMs);
  }

  #scheduleClose(room: Room, delayMs: number): void {
    this.#closeTimers.get(room)?.();
    this.#closeTimers.delete(room);
    if (room.participants.length > 0 || room.isClosed) return;
    this.#closeTimers.set(
      room,
      this.#deps.clock.after(delayMs, () => {
        this.#rooms.delete(room.name);
        this.#closeRoom(room, DisconnectReason.ROOM_CLOSED, LeaveRequest_Action.DISCONNECT);
      }),
    );
  }

  async #closeAll(reason: DisconnectReason): Promise<void> {
    const rooms = [...this.#rooms.values()];
    this.#rooms.clear();
    for (const pending of rooms) {
      const room = await pending.catch(() => undefined);
      if (room) this.#closeRoom(room, reason, LeaveRequest_Action.RECONNECT);
    }
  }

  #closeRoom(room: Room, reason: DisconnectReason, action: LeaveRequest_Action): void {
    this.#open.delete(room);
    room.close(reason, action);
    this.#closeTimers.get(room)?.();
    this.#closeTimers.delete(room);
  }
}
