/**
 * When the server may offer on a subscriber's peer connection. One offer is under way at a time; wishes that come
 * meanwhile are answered with one more offer.
 *
 * ```
 *            wanted                due                    answered(id)
 *   idle ─────────────► scheduled ─────► waiting(id) ───────────────────► idle
 *    ▲                                    │  ▲ wanted: remember           (or scheduled, if wished meanwhile)
 *    └──────────── restarted ─────────────┘  timedOut(id): fail
 * ```
 */
export type OfferState =
  | { readonly name: "idle"; readonly lastId: number }
  | { readonly name: "scheduled"; readonly lastId: number }
  | { readonly name: "waiting"; readonly lastId: number; readonly isDirty: boolean };

export type OfferEvent =
  /** Something about the sections has changed. */
  | { readonly name: "wanted" }
  /** The time to collect further changes is over. */
  | { readonly name: "due" }
  | { readonly name: "answered"; readonly id: number }
  | { readonly name: "timedOut"; readonly id: number }
  /** The client has come back on a new socket: whatever was under way is lost. */
  | { readonly name: "restarted" };

export type OfferEffect =
  | { readonly name: "schedule" }
  | { readonly name: "offer"; readonly id: number }
  | { readonly name: "applyAnswer" }
  | { readonly name: "fail" };

export interface OfferStep {
  readonly state: OfferState;
  readonly effects: readonly OfferEffect[];
}

/** The state before the first offer; offers count from 1. */
export const initialOfferState: OfferState = { name: "idle", lastId: 0 };

/** Decides what follows from an event. */
export function offerTransition(state: OfferState, event: OfferEvent): OfferStep {
  const { lastId } = state;
  switch (event.name) {
    case "wanted": {
      if (state.name === "idle") return { state: { name: "scheduled", lastId }, effects: [{ name: "schedule" }] };
      return { state: state.name === "waiting" ? { ...state, isDirty: true } : state, effects: [] };
    }
    case "due": {
      if (state.name !== "scheduled") return { state, effects: [] };
      const id = lastId + 1;
      return { state: { name: "waiting", lastId: id, isDirty: false }, effects: [{ name: "offer", id }] };
    }
    case "answered": {
      // 0 is "not said" on the wire: LiveKit's native libraries never say which offer they answer.
      const isMeant = event.id === lastId || event.id === 0;
      if (state.name !== "waiting" || !isMeant) return { state, effects: [] };
      if (!state.isDirty) return { state: { name: "idle", lastId }, effects: [{ name: "applyAnswer" }] };
      return { state: { name: "scheduled", lastId }, effects: [{ name: "applyAnswer" }, { name: "schedule" }] };
    }
    case "timedOut": {
      const isDue = state.name === "waiting" && event.id === lastId;
      return isDue ? { state: { name: "idle", lastId }, effects: [{ name: "fail" }] } : { state, effects: [] };
    }
    case "restarted": {
      const effects: OfferEffect[] = state.name === "scheduled" ? [] : [{ name: "schedule" }];
      return { state: { name: "scheduled", lastId }, effects };
    }
    default: {
      const unreachable: never = event;
      return unreachable;
    }
  }
}
