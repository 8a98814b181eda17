import { until } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { CALL_EVENTS, type RoomId } from "@conclave/matrix-rtc";
import { RoomEvent } from "matrix-js-sdk";
import { describe, expect, test, vi } from "vitest";

import { startHomeserver } from "../matrix-http/openGuest.ts";
import { type HostSession, joinCallRoom, openHost } from "./hostSession.ts";
import { startClient } from "./startClient.ts";

const RTC_MEMBER = "org.matrix.msc4143.rtc.member";
const HOUR_MS = 3_600_000;
const DELAY_MS = 500;
const ARRIVAL = { timeout: 10_000 };

/** Two hosts in an encrypted room. */
async function meet(): Promise<{ alice: HostSession; bob: HostSession; roomId: RoomId }> {
  const server = startHomeserver();
  const clients = await Promise.all([startClient(server), startClient(server)]);
  const [alice, bob] = [openHost(clients[0]), openHost(clients[1])];
  const roomId = await joinCallRoom(server, clients);
  await Promise.all([alice.port.cryptoReady, bob.port.cryptoReady]);
  return { alice, bob, roomId };
}

describe("messages", () => {
  test("leave no trace in the host's timeline before the homeserver has them", async () => {
    const { alice, roomId } = await meet();
    const echoes: unknown[] = [];
    alice.client.on(RoomEvent.LocalEchoUpdated, (event) => void echoes.push(event.getType()));
    const received = recordEvents(alice.scope, alice.port.watchEvents(roomId, alice.scope));

    const eventId = await alice.port.sendEvent(roomId, CALL_EVENTS.reaction, { emoji: "🎉" });
    await vi.waitFor(() => expect(received.length).toBe(1), ARRIVAL);

    expect(echoes).toEqual([]);
    expect(alice.client.getRoom(roomId)?.findEventById(eventId)?.getType()).toBe(CALL_EVENTS.reaction);
  });

  test("that the host sends itself are delivered, too, once", async () => {
    const { alice, roomId } = await meet();
    const received = recordEvents(alice.scope, alice.port.watchEvents(roomId, alice.scope));

    const sent = await alice.client.sendEvent(roomId, CALL_EVENTS.reaction as never, { emoji: "🎉" } as never);
    const marker = await alice.port.sendEvent(roomId, CALL_EVENTS.annotation, {});
    await vi.waitFor(() => expect(received.at(-1)?.eventId).toBe(marker), ARRIVAL);

    expect(received.map(({ eventId }) => eventId)).toEqual([sent.event_id, marker]);
    expect(received[0]).toMatchObject({ content: { emoji: "🎉" }, encryptedBy: alice.port.self.deviceId });
  });

  test("that are scheduled are encrypted, too", async () => {
    const { alice, bob, roomId } = await meet();
    const room = bob.port.watchRoom(roomId, bob.scope);
    const left = { msc4354_sticky_key: "k", slot_id: "m.call#ROOM" };

    await alice.port.scheduleEvent(roomId, RTC_MEMBER, left, { delayMs: DELAY_MS, stickyForMs: HOUR_MS });
    const view = await until(bob.scope, room, (view) => (view?.stickyMembers.length ?? 0) > 0);

    expect(view?.stickyMembers[0]).toMatchObject({ content: left, encryptedBy: alice.port.self.deviceId });
  });

  test("are sent again under the same transaction id when the answer was lost", async () => {
    const { alice, bob, roomId } = await meet();
    const received = recordEvents(bob.scope, bob.port.watchEvents(roomId, bob.scope));
    const { fetchFn } = alice.client.http.opts;
    let losses = 1;
    alice.client.http.opts.fetchFn = async (...request) => {
      const answer = await fetchFn?.(...request);
      const isSend = String(request[0] instanceof Request ? request[0].url : request[0]).includes("/send/m.reaction/");
      if (!answer || (isSend && losses-- > 0)) throw new TypeError("the answer was lost");
      return answer;
    };

    const eventId = await alice.port.sendEvent(roomId, CALL_EVENTS.annotation, { n: 1 });
    const marker = await alice.port.sendEvent(roomId, CALL_EVENTS.annotation, { n: 2 });
    await vi.waitFor(() => expect(received.at(-1)?.eventId).toBe(marker), ARRIVAL);

    expect(losses).toBeLessThanOrEqual(0);
    expect(received.map((event) => event.eventId)).toEqual([eventId, marker]);
  });
});
