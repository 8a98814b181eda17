/** What can be set per room; the rest is the server's. */
export interface RoomSettings {
  /** A room that nobody has joined yet is closed after this. */
  readonly emptyTimeoutMs: number;
  /** A room that everybody has left is closed after this. */
  readonly departureTimeoutMs: number;
  /** 0: as many as the server allows. */
  readonly maxParticipants: number;
}

/** LiveKit's. */
export const defaultRoomSettings: RoomSettings = {
  emptyTimeoutMs: 300_000,
  departureTimeoutMs: 20_000,
  maxParticipants: 0,
};
