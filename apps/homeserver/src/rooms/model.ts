import type { JsonObject } from "../json.ts";

/** A room event as stored: immutable but for redaction. */
export interface RoomEvent {
  /** Place in the server's one stream; orders the timeline. */
  readonly pos: number;
  readonly eventId: string;
  readonly roomId: string;
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: string;
  readonly originTsMs: number;
  readonly content: JsonObject;
  /** State events: the position of the event that this one replaced. */
  readonly prevPos: number | undefined;
  readonly redacts: string | undefined;
  /** The id of the event that redacted this one. */
  readonly redactedBy: string | undefined;
  readonly stickyMs: number | undefined;
  readonly stickyUntilMs: number | undefined;
  readonly deviceId: string | undefined;
  readonly txnId: string | undefined;
  readonly delayId: string | undefined;
}

export type Membership = "join" | "invite" | "leave" | "ban" | "knock";

/** What a sender wants to add to a room. */
export interface EventDraft {
  readonly roomId: string;
  readonly type: string;
  readonly stateKey?: string | undefined;
  readonly sender: string;
  readonly content: JsonObject;
  readonly redacts?: string | undefined;
  /** MSC4354: how long the event stays sticky. */
  readonly stickyMs?: number | undefined;
  /** The device that sent it and its transaction: only that device sees the transaction id again. */
  readonly deviceId?: string | undefined;
  readonly txnId?: string | undefined;
  /** MSC4140: the delayed event that became this one. */
  readonly delayId?: string | undefined;
}

/** Reads the current state of one room. */
export type StateReader = (type: string, stateKey: string) => RoomEvent | undefined;
