import { recordEvents } from "@conclave/kit/testing";
import { until } from "@conclave/kit";
import { CALL_EVENTS, type RoomId } from "@conclave/matrix-rtc";
import { ClientEvent, type MatrixClient, type MatrixEvent, MatrixEventEvent } from "matrix-js-sdk";
import { expect, test, vi } from "vitest";

import { startClient } from "../matrix-js-sdk/startClient.ts";
import { freshLink, type Guest, openGuest, startHomeserver } from "./openGuest.ts";

const KEY_TYPE = "io.element.call.encryption_keys";
const RTC_MEMBER = "org.matrix.msc4143.rtc.member";
const HOUR_MS = 3_600_000;

async function meet(): Promise<{ alice: Guest; bob: MatrixClient; roomId: RoomId }> {
  const server = startHomeserver();
  const [alice, bob] = await Promise.all([openGuest(server), startClient(server)]);
  await alice.session.cryptoReady;
  const linkId = freshLink();
  const roomId = await alice.session.createCallRoom({ linkId });
  alice.session.watchRoom(roomId, alice.scope);
  await bob.joinRoom(roomId);
  await vi.waitFor(() => expect(bob.getRoom(roomId)?.getMyMembership()).toBe("join"), { timeout: 10_000 });
  return { alice, bob, roomId };
}

test("exchanges keys with matrix-js-sdk in both directions", async () => {
  const { alice, bob } = await meet();
  const received = recordEvents(alice.scope, alice.session.toDeviceReceived);
  const heard: unknown[] = [];
  bob.on(ClientEvent.ReceivedToDeviceMessage, (payload) => void heard.push(payload.message.content));
  const { userId, deviceId } = alice.session.self;

  await bob.encryptAndSendToDevice(KEY_TYPE, [{ userId, deviceId }], { from: "bob" });
  const bobDevice = { userId: bob.getSafeUserId(), deviceId: bob.getDeviceId() ?? "" };
  await alice.session.sendEncryptedToDevice(KEY_TYPE, [bobDevice as typeof alice.session.self], { from: "alice" });
  await vi.waitFor(() => expect([received.length, heard.length]).toEqual([1, 1]), { timeout: 10_000 });

  expect(received[0]).toMatchObject({ sender: bobDevice.userId, content: { from: "bob" } });
  expect(received[0]?.encryptedBy?.deviceId).toBe(bobDevice.deviceId);
  expect(heard[0]).toMatchObject({ from: "alice" });
});

test("exchanges encrypted messages with matrix-js-sdk in both directions", async () => {
  const { alice, bob, roomId } = await meet();
  const received = recordEvents(alice.scope, alice.session.watchEvents(roomId, alice.scope));
  const heard: MatrixEvent[] = [];
  bob.on(MatrixEventEvent.Decrypted, (event) => {
    // Its own event is among them if it comes back before the answer to sending it.
    if (event.getSender() === alice.session.userId) heard.push(event);
  });
  const relation = { "m.relates_to": { rel_type: "m.reference", event_id: "$membership" } };

  await bob.sendEvent(roomId, CALL_EVENTS.reaction as never, { from: "bob", ...relation } as never);
  await alice.session.sendEvent(roomId, CALL_EVENTS.reaction, { from: "alice", ...relation });
  await vi.waitFor(() => expect([received.length, heard.length]).toEqual([2, 1]), { timeout: 10_000 });

  expect(received[0]).toMatchObject({
    type: CALL_EVENTS.reaction,
    sender: bob.getSafeUserId(),
    encryptedBy: bob.getDeviceId(),
    content: { from: "bob", ...relation },
  });
  expect([heard[0]?.getType(), heard[0]?.getContent()]).toEqual([CALL_EVENTS.reaction, { from: "alice", ...relation }]);
  expect(heard[0]?.getWireContent()["m.relates_to"]).toEqual(relation["m.relates_to"]);
});

test("reads a sticky membership that matrix-js-sdk has encrypted", async () => {
  const { alice, bob, roomId } = await meet();
  const room = alice.session.watchRoom(roomId, alice.scope);
  const content = { msc4354_sticky_key: "k", slot_id: "m.call#ROOM" };

  await bob._unstable_sendStickyEvent(roomId, HOUR_MS, null, RTC_MEMBER as never, content as never);
  const view = await until(alice.scope, room, (view) => (view?.stickyMembers.length ?? 0) > 0);

  expect(view?.stickyMembers[0]).toMatchObject({
    type: RTC_MEMBER,
    sender: bob.getSafeUserId(),
    encryptedBy: bob.getDeviceId(),
    content,
  });
  expect(view?.stickyMembers[0]?.stickyForMs).toBeGreaterThan(HOUR_MS - 60_000);
});
