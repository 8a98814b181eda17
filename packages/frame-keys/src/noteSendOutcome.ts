import { mapKey, type KeyPlanState } from "./keyPlan.ts";
import type { Delivery, PlannedKey } from "./plannedKey.ts";

/** What became of one send: per device, or `rejected` as a whole. */
export type SendReport =
  | { readonly result: "answered"; readonly sent: ReadonlySet<string> }
  | { readonly result: "rejected"; readonly retryAfterMs: number | undefined };

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
  const { tries } = before;
  if (report.result === "rejected") {
    const waitMs = report.retryAfterMs ?? backoffMs(tries, MAX_REJECTED_RETRY_MS);
    return [[device, { ...before, status: "rejected", retryAtMs: nowMs + waitMs }]];
  }
  if (report.sent.has(device)) {
    const deliveredAtMs = before.deliveredAtMs ?? nowMs;
    return [[device, { ...before, status: "delivered", isAnswered: true, hasKey: true, deliveredAtMs, tries: 0 }]];
  }
  const retryAtMs = nowMs + backoffMs(tries, MAX_UNREACHABLE_RETRY_MS);
  return [[device, { ...before, status: "unreachable", isAnswered: true, retryAtMs }]];
}

function backoffMs(tries: number, maxMs: number): number {
  return Math.min(maxMs, FIRST_RETRY_MS * 2 ** Math.max(0, tries - 1));
}
