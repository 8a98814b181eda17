import { mapKey, type KeyPlanState } from "./keyPlan.ts";
import type { Delivery, PlannedKey } from "./plannedKey.ts";

/** What became of one send: per device, or `rejected` as a whole. */
export type SendReport =
  | { readonly result: "answered"; readonly sent: ReadonlySet<string>; readonly refused?: ReadonlySet<string> }
  | { readonly result: "rejected"; readonly retryAfterMs: number | undefined; readonly cause: string };

const FIRST_RETRY_MS = 500;
/** A homeserver that is away is asked again at least so often. */
const MAX_REJECTED_RETRY_MS = 4_000;
/** A device without keys seldom gets some. */
const MAX_UNREACHABLE_RETRY_MS = 60_000;

/** Takes in the outcome of the send that the last plan asked for. Plan again afterwards. */
export function noteSendOutcome(
  state: KeyPlanState,
  send: { readonly generation: number; readonly devices: readonly string[] },
  report: SendReport,
  nowMs: number,
): KeyPlanState {
  const noted = mapKey(state, send.generation, (key) => ({
    ...key,
    deliveries: new Map([...key.deliveries, ...send.devices.flatMap((device) => outcome(key, device, report, nowMs))]),
  }));
  return { ...noted, isSending: false };
}

function outcome(key: PlannedKey, device: string, report: SendReport, nowMs: number): [string, Delivery][] {
  const before = key.deliveries.get(device);
  if (!before) return [];
  const { tries, isConfirmed } = before;
  // Whoever confirms has it, even if the homeserver's answer was lost.
  if (isConfirmed || (report.result === "answered" && report.sent.has(device))) return [[device, taken(before, nowMs)]];
  if (report.result === "rejected") {
    const waitMs = report.retryAfterMs ?? backoffMs(tries, MAX_REJECTED_RETRY_MS);
    return [[device, { ...before, status: "rejected", failure: report.cause, retryAtMs: nowMs + waitMs }]];
  }
  const retryAtMs = nowMs + backoffMs(tries, MAX_UNREACHABLE_RETRY_MS);
  return [
    [
      device,
      { ...before, status: report.refused?.has(device) ? "not_trusted" : "unreachable", isAnswered: true, retryAtMs },
    ],
  ];
}

function taken(before: Delivery, nowMs: number): Delivery {
  return {
    ...before,
    status: "delivered",
    isAnswered: true,
    hasKey: true,
    deliveredAtMs: before.deliveredAtMs ?? nowMs,
    deliveries: before.deliveries + 1,
    lastDeliveredAtMs: nowMs,
    tries: 0,
  };
}

function backoffMs(tries: number, maxMs: number): number {
  return Math.min(maxMs, FIRST_RETRY_MS * 2 ** Math.max(0, tries - 1));
}
