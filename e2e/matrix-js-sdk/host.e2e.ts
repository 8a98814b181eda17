import { Scope, until } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { ClientEvent, type MatrixClient } from "matrix-js-sdk";
import { describe, expect, test, vi } from "vitest";

import { openGuest, startHomeserver } from "../matrix-http/openGuest.ts";
import { joinCallRoom, openHost } from "./hostSession.ts";
import { prepareClient, startClient } from "./startClient.ts";

const TYPE = "io.conclave.test";
const RTC_MEMBER = "org.matrix.msc4143.rtc.member";
const HOUR_MS = 3_600_000;
const ARRIVAL = { timeout: 10_000 };

/** How many listen to the client and to its room, by name of what they listen to. */
function countListeners(client: MatrixClient, roomId: string): Record<string, number> {
  const sources = { client, room: client.getRoom(roomId) };
  const counts: Record<string, number> = {};
  for (const [name, source] of Object.entries(sources)) {
    for (const event of source?.eventNames() ?? [])
      counts[`${name} ${String(event)}`] = source?.listeners(event as never).length ?? 0;
  }
  return counts;
}

describe("the host's client", () => {
  test("is as it was when the scope has ended", async () => {
    const server = startHomeserver();
    const client = await startClient(server);
    const roomId = await joinCallRoom(server, [client]);
    const before = countListeners(client, roomId);
    const host = openHost(client);
    const watching = new Scope();
    host.port.watchRoom(roomId, watching);
    await host.port.cryptoReady;
    const during = countListeners(client, roomId);

    await watching.end();
    await host.scope.end();

    expect(during).not.toEqual(before);
    expect(countListeners(client, roomId)).toEqual(before);
    expect([client.clientRunning, client.isLoggedIn()]).toEqual([true, true]);
  });

  test("may be started after the port was opened", async () => {
    const server = startHomeserver();
    const host = openHost(await prepareClient(server));

    await host.client.startClient();

    await expect(host.port.cryptoReady).resolves.toBeUndefined();
    await until(host.scope, host.port.isSyncing, (isSyncing) => isSyncing);
  });

  test("shows in the port that it is stopped", async () => {
    const host = openHost(await startClient(startHomeserver()));

    host.client.stopClient();

    await until(host.scope, host.port.isSyncing, (isSyncing) => !isSyncing);
  });
});

describe("a room", () => {
  test("has all its members although the host loads them lazily", async () => {
    const server = startHomeserver();
    const [client, other] = await Promise.all([startClient(server, { lazyLoadMembers: true }), startClient(server)]);
    const roomId = await joinCallRoom(server, [client, other]);
    const { port, scope } = openHost(client);

    const view = await until(scope, port.watchRoom(roomId, scope), (view) => (view?.joined.size ?? 0) === 3);

    expect(view).toMatchObject({ isEncrypted: true, roomId });
  });

  test("is gone when the account has left it, and back when it has joined again", async () => {
    const server = startHomeserver();
    const client = await startClient(server);
    const roomId = await joinCallRoom(server, [client]);
    const { port, scope } = openHost(client);
    const room = port.watchRoom(roomId, scope);
    expect(room.get()?.joined.has(port.self.userId)).toBe(true);

    await client.leave(roomId);
    await until(scope, room, (view) => view === undefined);
    await client.joinRoom(roomId);

    await until(scope, room, (view) => view?.joined.has(port.self.userId) === true);
  });

  test("lists a sticky membership with the device that has encrypted it", async () => {
    const server = startHomeserver();
    const [alice, bob] = await Promise.all([startClient(server), startClient(server)]);
    const roomId = await joinCallRoom(server, [alice, bob]);
    const { port, scope } = openHost(alice);
    await Promise.all([port.cryptoReady, openHost(bob).port.cryptoReady]);
    const room = port.watchRoom(roomId, scope);
    const content = { msc4354_sticky_key: "k", slot_id: "m.call#ROOM" };

    await bob._unstable_sendStickyEvent(roomId, HOUR_MS, null, RTC_MEMBER as never, content as never);
    const view = await until(scope, room, (view) => (view?.stickyMembers.length ?? 0) > 0);

    const [event] = view?.stickyMembers ?? [];
    expect(event).toMatchObject({ sender: bob.getUserId(), encryptedBy: bob.getDeviceId(), content });
    expect(event?.stickyForMs).toBeGreaterThan(HOUR_MS - 60_000);
  });
});

describe("to-device messages", () => {
  test("go both ways between a host's client and plain HTTP", async () => {
    const server = startHomeserver();
    const [client, guest] = await Promise.all([startClient(server), openGuest(server)]);
    const roomId = await joinCallRoom(server, [client]);
    await guest.session.joinRoom(roomId);
    const { port, scope } = openHost(client);
    await until(scope, port.watchRoom(roomId, scope), (view) => view?.joined.has(guest.session.userId) === true);
    await Promise.all([port.cryptoReady, guest.session.cryptoReady]);
    const heard = recordEvents(scope, port.toDeviceReceived);
    const heardByGuest = recordEvents(guest.scope, guest.session.toDeviceReceived);

    await port.prepareSessions([guest.session.self]);
    await port.sendEncryptedToDevice(TYPE, [guest.session.self], { from: "host" });
    await vi.waitFor(() => expect(heardByGuest.length).toBe(1), ARRIVAL);
    await guest.session.sendEncryptedToDevice(TYPE, [port.self], { from: "guest" });
    await vi.waitFor(() => expect(heard.length).toBe(1), ARRIVAL);

    const { deviceId } = guest.session.self;
    expect(heardByGuest[0]).toMatchObject({ content: { from: "host" }, encryptedBy: { deviceId: port.self.deviceId } });
    expect(heard[0]).toMatchObject({ content: { from: "guest" }, encryptedBy: { deviceId, isCrossSigned: false } });
  });

  test("reach somebody at the moment of the join, and nobody whose rooms are others", async () => {
    const server = startHomeserver();
    const [client, newcomer, stranger] = await Promise.all([
      startClient(server, { lazyLoadMembers: true }),
      openGuest(server),
      openGuest(server),
    ]);
    const roomId = await joinCallRoom(server, [client]);
    const { port, scope } = openHost(client);
    const room = port.watchRoom(roomId, scope);
    const ports = [port, newcomer.session, stranger.session];
    await Promise.all(ports.map(({ cryptoReady }) => cryptoReady));
    const sent = until(scope, room, (view) => view?.joined.has(newcomer.session.userId) === true).then(() =>
      port.sendEncryptedToDevice(TYPE, [newcomer.session.self, stranger.session.self], {}),
    );

    await newcomer.session.joinRoom(roomId);

    expect((await sent).map(({ result }) => result)).toEqual(["sent", "unreachable"]);
  });

  test("that came in clear name no device", async () => {
    const server = startHomeserver();
    const [alice, bob] = await Promise.all([startClient(server), startClient(server)]);
    const { port, scope } = openHost(alice);
    const heard = recordEvents(scope, port.toDeviceReceived);
    const toAlice = new Map([[port.self.userId, new Map([[port.self.deviceId, { key: "in clear" }]])]]);

    await bob.sendToDevice(TYPE, toAlice);
    await vi.waitFor(() => expect(heard.length).toBe(1), ARRIVAL);

    expect(heard[0]).toEqual({ type: TYPE, sender: bob.getUserId(), content: { key: "in clear" } });
  });

  test("say that the homeserver did not take them", async () => {
    const server = startHomeserver();
    const [alice, bob] = await Promise.all([startClient(server), startClient(server)]);
    await joinCallRoom(server, [alice, bob]);
    const [host, other] = [openHost(alice), openHost(bob)];
    await Promise.all([host.port.cryptoReady, other.port.cryptoReady]);
    await host.port.prepareSessions([other.port.self]);
    alice.http.opts.fetchFn = () => Promise.reject(new TypeError("no network"));

    const sending = host.port.sendEncryptedToDevice(TYPE, [other.port.self], {});

    await expect(sending).rejects.toMatchObject({ code: "homeserver_unreachable", retryable: true });
    expect(alice.listenerCount(ClientEvent.ReceivedToDeviceMessage)).toBe(1);
  });
});
