import { recordEvents } from "@conclave/kit/testing";
import { expect, test, vi } from "vitest";

import { freshLink, MemoryAccount, openGuest, startHomeserver } from "./openGuest.ts";

const KEY_TYPE = "io.element.call.encryption_keys";

test("carries a key to another device, encrypted, through the homeserver", async () => {
  const server = startHomeserver();
  const [alice, bob] = await Promise.all([openGuest(server), openGuest(server)]);
  const received = recordEvents(bob.scope, bob.session.toDeviceReceived);
  await Promise.all([alice.session.cryptoReady, bob.session.cryptoReady]);

  const outcomes = await alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], { keys: "k" });
  await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 10_000 });

  expect(outcomes).toEqual([{ to: bob.session.self, result: "sent" }]);
  expect(received[0]).toEqual({
    type: KEY_TYPE,
    sender: alice.session.userId,
    content: { keys: "k" },
    encryptedBy: { deviceId: alice.session.self.deviceId, isCrossSigned: false },
  });
});

test("does not take a message in clear for an encrypted one", async () => {
  const server = startHomeserver();
  const account = new MemoryAccount();
  const [mallory, bob] = await Promise.all([openGuest(server, { account }), openGuest(server)]);
  const received = recordEvents(bob.scope, bob.session.toDeviceReceived);
  await bob.session.cryptoReady;

  await server.fetch(`${server.url}/_matrix/client/v3/sendToDevice/${KEY_TYPE}/forged`, {
    method: "PUT",
    headers: { authorization: `Bearer ${account.current?.accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ messages: { [bob.session.userId]: { [bob.session.self.deviceId]: { keys: "forged" } } } }),
  });
  await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 10_000 });

  expect(received[0]).toMatchObject({ sender: mallory.session.userId, content: { keys: "forged" } });
  expect(received[0]?.encryptedBy).toBeUndefined();
});

test("names the device that encrypted, not the one that a message claims", async () => {
  const server = startHomeserver();
  const account = new MemoryAccount();
  const first = await openGuest(server, { account });
  const [second, bob] = await Promise.all([openGuest(server, { account }), openGuest(server)]);
  const received = recordEvents(bob.scope, bob.session.toDeviceReceived);
  await Promise.all([second.session.cryptoReady, bob.session.cryptoReady]);

  const claim = { member: { claimed_device_id: first.session.self.deviceId } };
  await second.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], claim);
  await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 10_000 });

  expect(second.session.userId).toBe(first.session.userId);
  expect(received[0]?.encryptedBy?.deviceId).toBe(second.session.self.deviceId);
  expect(received[0]?.encryptedBy?.deviceId).not.toBe(first.session.self.deviceId);
});

test("comes back with a stored account as the same user with its rooms, on a device that others can encrypt for", async () => {
  const server = startHomeserver();
  const account = new MemoryAccount();
  const before = await openGuest(server, { account });
  await before.session.setDisplayName("Alice");
  const linkId = freshLink();
  const roomId = await before.session.createCallRoom({ linkId });
  await before.scope.end();

  const after = await openGuest(server, { account });
  const bob = await openGuest(server);
  const received = recordEvents(after.scope, after.session.toDeviceReceived);
  const room = after.session.watchRoom(roomId, after.scope);
  await Promise.all([after.session.cryptoReady, bob.session.cryptoReady]);
  const outcomes = await bob.session.sendEncryptedToDevice(KEY_TYPE, [after.session.self, before.session.self], {
    keys: "k",
  });
  await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 10_000 });

  expect(after.session.userId).toBe(before.session.userId);
  expect(after.session.displayName.get()).toBe("Alice");
  expect(room.get()?.joined.get(after.session.userId)?.displayName).toBe("Alice");
  expect(outcomes.map(({ result }) => result)).toEqual(["sent", "unreachable"]);
});

test("costs one request before the lobby and one per key once sessions are prepared", async () => {
  const server = startHomeserver();
  const alice = await openGuest(server);
  const beforeLobby = server.requests.filter((line) => !line.endsWith("/sync"));
  const bob = await openGuest(server);
  await Promise.all([alice.session.cryptoReady, bob.session.cryptoReady]);
  await alice.session.prepareSessions([bob.session.self]);
  const prepared = server.requests.length;

  await alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], {});

  const forTheKey = server.requests.slice(prepared).filter((line) => line.startsWith("PUT"));
  expect(beforeLobby).toEqual(["POST /_matrix/client/v3/register"]);
  expect(forTheKey).toHaveLength(1);
});
