import { clockOffset, type ClockSample } from "./clockOffset.ts";
import { TargetError } from "./errors.ts";
import { isRecord, stringAt } from "./json.ts";
import { type MatrixApi, pathOf } from "./MatrixApi.ts";

const EVENT_SAMPLES = 8;

/**
 * From the instants that the homeserver gives to events of ours: exact to half a round trip.
 *
 * @throws {TargetError} `clock_unknown`, `refused`, `unreachable`
 */
export async function offsetByEvents(api: MatrixApi, token: string, roomId: string, name: string): Promise<number> {
  const samples: ClockSample[] = [];
  for (let index = 0; index < EVENT_SAMPLES; index++) {
    const path = pathOf("/_matrix/client/v3/rooms", roomId, "send", "chat.conclave.clock", `${name}.${index}`);
    const sent = await api.send({ method: "PUT", path, token, body: {} });
    const eventId = stringAt(sent.body, "event_id");
    if (!sent.isOk || eventId === undefined) continue;
    const event = await api.send({
      method: "GET",
      path: pathOf("/_matrix/client/v3/rooms", roomId, "event", eventId),
      token,
    });
    const serverAtMs = isRecord(event.body) ? event.body["origin_server_ts"] : undefined;
    if (typeof serverAtMs === "number") samples.push({ ...sent, serverAtMs, granularityMs: 1 });
  }
  return offsetOf(samples, api);
}

function offsetOf(samples: readonly ClockSample[], api: MatrixApi): number {
  const found = clockOffset(samples);
  if (found) return found.offsetMs;
  throw new TargetError("clock_unknown", `${new URL(api.baseUrl).host} does not tell the time.`);
}
