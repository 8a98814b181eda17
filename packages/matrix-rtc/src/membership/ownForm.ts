import type { MembershipLayer } from "../model.ts";
import type { MatrixFeatures, MatrixSelf } from "../ports.ts";
import { makeMemberId } from "./memberId.ts";

/** Why an own membership goes out in another form than the one that was asked for. */
export type FallbackReason =
  /** The homeserver has no sticky events (MSC4354). */
  | "no_sticky_events"
  /** Nothing would take a sticky membership back for up to an hour if this device vanished. */
  | "no_delayed_events"
  /** The homeserver did not say what it has. */
  | "features_unknown";

/** As what this device is in the slot: the form of its membership, and the member id that goes with it. */
export interface OwnForm {
  readonly layer: MembershipLayer;
  /** `deployed`: `user:device`. Else random, for one join only. */
  readonly memberId: string;
  /** Present if another layer was asked for. */
  readonly insteadOf?: { readonly layer: MembershipLayer; readonly because: FallbackReason };
}

export interface OwnFormDeps {
  readonly self: MatrixSelf;
  /** Cryptographically strong. */
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
}

/**
 * Chooses the form of an own membership: the layer that is wanted, or `deployed`, which everybody reads, where the
 * homeserver cannot carry it. Choose anew for each join: a member id is used once.
 *
 * @see matrixrtc.md 3.2 to 3.4, 18.1
 */
export function chooseOwnForm(
  deps: OwnFormDeps,
  wanted: MembershipLayer,
  features: MatrixFeatures | undefined,
): OwnForm {
  if (wanted === "deployed") return deployedForm(deps.self);
  const because = obstacle(features);
  if (because) return { ...deployedForm(deps.self), insteadOf: { layer: wanted, because } };
  return { layer: wanted, memberId: makeMemberId(deps.randomBytes) };
}

/** Layer A's only form. */
export function deployedForm({ userId, deviceId }: MatrixSelf): OwnForm {
  return { layer: "deployed", memberId: `${userId}:${deviceId}` };
}

function obstacle(features: MatrixFeatures | undefined): FallbackReason | undefined {
  if (!features) return "features_unknown";
  if (!features.stickyEvents) return "no_sticky_events";
  return features.delayedEvents ? undefined : "no_delayed_events";
}
