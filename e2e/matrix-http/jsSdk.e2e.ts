import { recordEvents } from "@conclave/kit/testing";
import { until } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";
import { ClientEvent, createClient, type MatrixClient } from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import { expect, onTestFinished, test, vi } from "vitest";

import { freshLink, type Guest, MemoryAccount, openGuest, startHomeserver, type TestHomeserver } from "./openGuest.ts";

const KEY_TYPE = "io.element.call.encryption_keys";
const RTC_MEMBER = "org.matrix.msc4143.rtc.member";
const HOUR_MS = 3_600_000;

// Parts of matrix-js-sdk ignore the logger that they are given.
(logger as unknown as { setLevel(level: string): void }).setLevel("silent");
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => quiet };

/** A client as Element Call has it, on an account of its own. */
async function startJsSdk(server: TestHomeserver): Promise<MatrixClient> {
  const account = new MemoryAccount();
  const guest = await openGuest(server, account);
  await guest.scope.end();
  const login = await server.fetch(`${server.url}/_matrix/client/v3/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      type: "m.login.password",
      identifier: { type: "m.id.user", user: account.current?.userId },
      password: account.current?.password,
    }),
  });
  const { access_token, device_id } = (await login.json()) as { access_token: string; device_id: string };
  const client = createClient({
    baseUrl: server.url,
    userId: account.current?.userId ?? "",
    deviceId: device_id,
    accessToken: access_token,
    fetchFn: server.fetch,
    logger: quiet,
  });
  onTestFinished(() => client.stopClient());
  await client.initRustCrypto({ useIndexedDB: false });
  await client.startClient();
  await new Promise((resolve) => void client.once(ClientEvent.Sync, resolve));
  return client;
}

async function meet(): Promise<{ alice: Guest; bob: MatrixClient; roomId: RoomId }> {
  const server = startHomeserver();
  const [alice, bob] = await Promise.all([openGuest(server), startJsSdk(server)]);
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
