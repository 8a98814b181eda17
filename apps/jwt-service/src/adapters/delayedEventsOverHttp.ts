import type { Clock } from "@conclave/kit";

import type { DelayedAnswer, DelayedEvents } from "../leave/ports.ts";
import type { ClientApi } from "./clientApis.ts";
import { deadlineIn } from "./deadline.ts";
import { NetworkFault, type HttpAnswer } from "./httpCall.ts";

const CALL_TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 64 * 1024;
const LONGEST_RETRY_AFTER_MS = 3_600_000;
const DELAYED_EVENTS = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events";

interface DelayedEventsDeps {
  readonly clock: Clock;
  readonly clientApi: (serverName: string) => Promise<ClientApi | undefined>;
}

/** Manages delayed events with nothing but their ids, as a client that hands one over allows. @see MSC4140 */
export function delayedEventsOverHttp({ clock, clientApi }: DelayedEventsDeps): DelayedEvents {
  return {
    canReach: async (serverName) => (await clientApi(serverName)) !== undefined,
    async act({ serverName, delayId, action }) {
      const api = await clientApi(serverName);
      if (!api) return { is: "failed", reason: "client_api_unknown" };
      try {
        const answer = await api.call({
          method: "POST",
          // One path segment whatever the id holds; `.` and `..` are refused where requests are read.
          url: new URL(`${api.baseUrl}${DELAYED_EVENTS}/${encodeURIComponent(delayId)}/${action}`),
          headers: { "content-type": "application/json" },
          body: Buffer.from("{}"),
          limitBytes: MAX_ANSWER_BYTES,
          deadline: deadlineIn(CALL_TIMEOUT_MS),
        });
        return readAnswer(answer, clock.nowMs());
      } catch (fault) {
        return { is: "failed", reason: fault instanceof NetworkFault ? fault.reason : "unreachable" };
      }
    },
  };
}

function readAnswer(answer: HttpAnswer, nowMs: number): DelayedAnswer {
  if (answer.status === 200 || answer.status === 204) return { is: "done" };
  if (answer.status === 404) return { is: "gone" };
  const reason = `status ${answer.status}`;
  const retryAfterMs = answer.status === 429 ? retryAfter(answer, nowMs) : undefined;
  return { is: "failed", reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function retryAfter({ headers, body }: HttpAnswer, nowMs: number): number | undefined {
  const waitMs = headerWait(headers.get("retry-after"), nowMs) ?? bodyWait(body);
  return waitMs === undefined ? undefined : Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, waitMs));
}

function headerWait(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : atMs - nowMs;
}

function bodyWait(body: Buffer): number | undefined {
  try {
    const value = JSON.parse(body.toString("utf8")) as { readonly retry_after_ms?: unknown } | null;
    const waitMs = value?.retry_after_ms;
    return typeof waitMs === "number" && waitMs >= 0 ? Math.ceil(waitMs / 1000) * 1000 : undefined;
  } catch {
    return undefined;
  }
}
