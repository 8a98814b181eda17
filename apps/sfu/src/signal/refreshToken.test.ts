import { silentLogger } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { verifyAccessToken } from "@conclave/livekit-wire/verify";
import { expect, it } from "vitest";

import { Participant } from "../room/Participant.ts";
import { API_KEYS, mintToken } from "../testing/serveSfu.ts";
import { refreshToken } from "./refreshToken.ts";
import type { ServerMessage } from "./SignalSink.ts";

it("gives a client a fresh token every five minutes, until it leaves", async () => {
  const clock = new FakeClock(Date.now());
  const tokens: string[] = [];
  const send = (message: ServerMessage): void => {
    if (message.case === "refreshToken") tokens.push(message.value);
  };
  const grant = await verifyAccessToken(await mintToken({ ttlSeconds: 60 }), API_KEYS, clock.nowMs());
  const client = { isAutoSubscribing: true, sectionReuse: "always", clientProtocol: 0, capabilities: [] } as const;
  const sink = { send, end: () => {} };
  const participant = new Participant({ sid: "PA_a", grant, client, joinedAtMs: clock.nowMs(), sink });

  refreshToken({ clock, logger: silentLogger }, participant, API_KEYS);
  await expect.poll(() => tokens.length).toBe(1);
  await clock.advance(300_000);
  await expect.poll(() => tokens.length).toBe(2);
  await participant.end();
  await clock.advance(300_000);

  expect(clock.pendingTimers).toBe(0);
  expect(tokens).toHaveLength(2);
  const renewed = await verifyAccessToken(tokens[1] ?? "", API_KEYS, clock.nowMs());
  expect(renewed).toMatchObject({ identity: "alice", room: "lobby", canJoin: true });
});
