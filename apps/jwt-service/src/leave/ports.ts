import type { Place, StoredJob } from "./LeaveJob.ts";

export type DelayedAction = "restart" | "send";

/** What a homeserver said about a delayed event. `gone`: it does not know it, so it was sent or cancelled. */
export type DelayedAnswer =
  | { readonly is: "done" }
  | { readonly is: "gone" }
  | { readonly is: "failed"; readonly reason: string; readonly retryAfterMs?: number };

export interface DelayedCall {
  readonly serverName: string;
  readonly delayId: string;
  readonly action: DelayedAction;
}

/** The delayed events of homeservers. @see MSC4140 */
export interface DelayedEvents {
  /** False if it cannot be found out where the homeserver's client API is. */
  canReach(serverName: string): Promise<boolean>;
  /** One try. Rejects or answers `failed` where another try may help. */
  act(call: DelayedCall): Promise<DelayedAnswer>;
}

/** Asks the SFU who is there. */
export interface ParticipantLookUp {
  /** `undefined` if the SFU says that nobody of this identity is in the room; rejects if it says nothing. */
  find(place: Place): Promise<{ readonly sid: string } | undefined>;
}

/** Where jobs outlive the process. */
export interface JobStore {
  /** All of it, unreadable entries left out. */
  load(): Promise<readonly StoredJob[]>;
  save(job: StoredJob): Promise<void>;
  remove(place: Place): Promise<void>;
  close(): Promise<void>;
}
