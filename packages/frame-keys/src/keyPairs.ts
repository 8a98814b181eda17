import type { KeyPlanState } from "./keyPlan.ts";
import type { Delivery } from "./plannedKey.ts";
import type { KeyIndex } from "./ports.ts";
import type { DeviceTrust } from "./TrustBook.ts";

/** How our present key stands at another device. */
export type OwnKeyState =
  /** We send nothing, so nobody needs a key. */
  | { readonly state: "idle" }
  /** On its way to the homeserver, or waiting for its turn. */
  | { readonly state: "sending" }
  /** The homeserver has taken it for the device. From a client that does not confirm, more is never known. */
  | { readonly state: "sent" }
  /** The device says that it has put it to use. */
  | { readonly state: "confirmed" }
  /** The device says that it cannot decrypt us, and has not confirmed the key that it was sent for that. */
  | { readonly state: "asked_again" }
  /** The device has no keys that one could encrypt for, or is gone. Tried again. */
  | { readonly state: "no_device_keys" }
  /** The policy does not let it have our keys; `KeyPair.trust` says why. Looked at again from time to time. */
  | { readonly state: "not_trusted" }
  /** The request failed as a whole and is repeated; `cause` is the error's code. */
  | { readonly state: "failed"; readonly cause: string };

/** The keys between this device and one other member. */
export interface KeyPair {
  readonly userId: string;
  readonly deviceId: string;
  readonly memberId: string;
  /** What the device is known for. */
  readonly trust: DeviceTrust;
  /** The policy does not trust it: it gets no keys of ours, and its keys do not count. */
  readonly isRefused: boolean;
  readonly ours: OwnKeyState;
  /** The indices at which a key of theirs is installed here. */
  readonly theirIndices: readonly KeyIndex[];
}

/** How the key that is handed out now, or was last, stands at a device. */
export function ownKeyState(state: KeyPlanState, device: string, membership: string): OwnKeyState {
  const key = state.next?.key ?? state.current;
  if (!key) return { state: "idle" };
  const delivery = key.deliveries.get(device);
  return delivery?.membership === membership ? stateOf(delivery) : { state: "sending" };
}

function stateOf(delivery: Delivery): OwnKeyState {
  if (delivery.isConfirmed) return { state: "confirmed" };
  if (delivery.isAskedFor) return { state: "asked_again" };
  switch (delivery.status) {
    case "delivered":
      return { state: "sent" };
    case "unreachable":
      return { state: "no_device_keys" };
    case "not_trusted":
      return { state: "not_trusted" };
    case "rejected":
      return { state: "failed", cause: delivery.failure ?? "unknown" };
    default:
      return { state: "sending" };
  }
}
