import { openMatrixJsSdk } from "@conclave/call/matrixJsSdk";
import { effect, type ReadonlySignal, type Scope, signal, silentLogger, systemClock, untracked } from "@conclave/kit";
import {
  type CallIntent,
  type IncomingRing,
  type MatrixPort,
  openRtcSession,
  ROOM_CALL_SLOT,
  type RoomId,
  type WatchedRing,
  watchRing,
} from "@conclave/matrix-rtc";
import { ClientEvent, type MatrixClient, RoomEvent } from "matrix-js-sdk";

/** Somebody rings in a room of this account. */
export interface IncomingCall {
  readonly roomId: string;
  readonly roomName: string;
  readonly callerName: string;
  readonly intent: CallIntent | undefined;
}

/** Rooms that are listened to. */
const MAX_ROOMS = 50;

/**
 * What rings in the rooms of a client, kept by `@conclave/matrix-rtc` over the client that this page has anyway: when it
 * stops, who is meant, and what was declined elsewhere is decided there.
 */
export class IncomingCalls {
  readonly #client: MatrixClient;
  readonly #matrix: MatrixPort;
  readonly #scope: Scope;
  readonly #rooms = new Map<string, WatchedRing>();
  readonly #calls = signal<readonly IncomingCall[]>([]);

  constructor(client: MatrixClient, scope: Scope) {
    this.#client = client;
    this.#scope = scope;
    this.#matrix = openMatrixJsSdk({ client, logger: silentLogger }, scope);
    const look = (): void => this.#watchRooms();
    client.on(ClientEvent.Room, look);
    client.on(RoomEvent.MyMembership, look);
    scope.onEnd(() => {
      client.off(ClientEvent.Room, look);
      client.off(RoomEvent.MyMembership, look);
    });
    look();
  }

  /** What rings now, in the order of the rooms. */
  get calls(): ReadonlySignal<readonly IncomingCall[]> {
    return this.#calls;
  }

  /** Says no; it stops on all devices of this user. */
  async decline(roomId: string): Promise<void> {
    const features = await this.#matrix.readFeatures().catch(() => undefined);
    await this.#rooms.get(roomId)?.decline(features?.stickyEvents ?? false);
  }

  #watchRooms(): void {
    for (const room of this.#client.getRooms()) {
      if (this.#rooms.size >= MAX_ROOMS) return;
      if (room.getMyMembership() === "join" && !this.#rooms.has(room.roomId)) this.#watch(room.roomId);
    }
  }

  #watch(id: string): void {
    const roomId = id as RoomId;
    const deps = { matrix: this.#matrix, clock: systemClock, logger: silentLogger };
    const { members } = openRtcSession(deps, { roomId, slot: ROOM_CALL_SLOT }, this.#scope);
    const room = { roomId, slot: ROOM_CALL_SLOT, room: this.#matrix.watchRoom(roomId, this.#scope), members };
    const watched = watchRing(deps, room, this.#scope);
    this.#rooms.set(id, watched);
    effect(this.#scope, () => {
      const ring = watched.ring.get();
      const others = untracked(() => this.#calls.get()).filter((call) => call.roomId !== id);
      this.#calls.set(ring?.kind === "ring" ? [...others, this.#describe(id, ring)] : others);
    });
  }

  #describe(roomId: string, { caller, intent }: IncomingRing): IncomingCall {
    const room = this.#client.getRoom(roomId);
    const callerName = room?.getMember(caller)?.name ?? caller;
    return { roomId, roomName: room?.name ?? roomId, callerName, intent };
  }
}
