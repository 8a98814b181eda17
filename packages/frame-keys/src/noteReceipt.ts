import { mapKey, type KeyPlanState } from "./keyPlan.ts";
import type { Delivery } from "./plannedKey.ts";

/** A key that has been asked for is not sent again sooner after it was sent last: the two may have crossed. */
const REPEAT_GAP_MS = 1_000;

/** The membership of a device that has said something about a key. */
export interface Receipt {
  readonly device: string;
  readonly membership: string;
}

/** Takes in that a device has put the key of that generation to use. Plan again afterwards. */
export function noteConfirmed(state: KeyPlanState, generation: number, receipt: Receipt): KeyPlanState {
  return mapDelivery(state, [generation], receipt, (delivery) => ({
    ...delivery,
    // A send that is under way ends by itself.
    status: delivery.status === "sending" ? "sending" : "delivered",
    isConfirmed: true,
    isAskedFor: false,
    isAnswered: true,
    hasKey: true,
  }));
}

/** Takes in that a device cannot decrypt us: what we send or are about to send with goes to it again. */
export function noteAsked(state: KeyPlanState, receipt: Receipt, nowMs: number): KeyPlanState {
  const wanted = [state.current, state.next?.key].flatMap((key) => key?.generation ?? []);
  return mapDelivery(state, wanted, receipt, (delivery) => ({
    ...delivery,
    status: delivery.status === "sending" ? "sending" : "asked",
    isConfirmed: false,
    isAskedFor: true,
    hasKey: false,
    retryAtMs: Math.max(nowMs, delivery.lastDeliveredAtMs + REPEAT_GAP_MS),
  }));
}

function mapDelivery(
  state: KeyPlanState,
  generations: readonly number[],
  { device, membership }: Receipt,
  change: (delivery: Delivery) => Delivery,
): KeyPlanState {
  return generations.reduce(
    (changed, generation) =>
      mapKey(changed, generation, (key) => {
        const delivery = key.deliveries.get(device);
        if (delivery?.membership !== membership) return key;
        return { ...key, deliveries: new Map(key.deliveries).set(device, change(delivery)) };
      }),
    state,
  );
}
