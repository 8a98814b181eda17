import { type Ping, Pong } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** The older ping; clients send both. */
export function handlePing({ participant, clock }: RequestContext): void {
  participant.send({ case: "pong", value: BigInt(Math.floor(clock.nowMs())) });
}

/** The newer ping, from which the client measures the round trip. */
export function handlePingReq({ participant, clock }: RequestContext, { timestamp }: Ping): void {
  const value = new Pong({ lastPingTimestamp: timestamp, timestamp: BigInt(Math.floor(clock.nowMs())) });
  participant.send({ case: "pongResp", value });
}
