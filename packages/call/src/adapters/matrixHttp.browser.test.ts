import { Scope, silentLogger } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { CALL_EVENTS, type RoomId } from "@conclave/matrix-rtc";
import { expect, onTestFinished, test, vi } from "vitest";

import type { AccountStore, MatrixSession } from "../matrixAccount.ts";
import { memoryAccountStore } from "./http/testing/memoryAccountStore.ts";
import { credentialsOf, refuse, TinyHomeserver } from "./http/testing/TinyHomeserver.ts";
import { openMatrixHttp } from "./matrixHttp.ts";

const KEY_TYPE = "io.element.call.encryption_keys";

interface Guest {
  readonly session: MatrixSession;
  readonly scope: Scope;
}

async function openGuest(server: TinyHomeserver, account: AccountStore, cryptoStoreName: string): Promise<Guest> {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const session = await openMatrixHttp(
    { homeserverUrl: "https://tiny.example", account, cryptoStoreName, fetch: server.fetch, logger: silentLogger },
    scope,
  );
  return { session, scope };
}

async function databaseNames(): Promise<readonly (string | undefined)[]> {
  return (await indexedDB.databases()).map(({ name }) => name);
}

test("is the same device with the same keys after a reload", async () => {
  const server = new TinyHomeserver();
  const account = memoryAccountStore();
  const first = await openGuest(server, account, "reload");
  await first.session.cryptoReady;
  await first.scope.end();
  const bob = await openGuest(server, memoryAccountStore(), "reload-bob");

  const second = await openGuest(server, account, "reload");
  const received = recordEvents(second.scope, second.session.toDeviceReceived);
  await Promise.all([second.session.cryptoReady, bob.session.cryptoReady]);
  await bob.session.sendEncryptedToDevice(KEY_TYPE, [second.session.self], { keys: "k" });
  await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 10_000 });

  expect(second.session.self).toEqual(first.session.self);
  expect(server.count("POST", /register/)).toBe(2);
  expect(received[0]?.encryptedBy?.deviceId).toBe(bob.session.self.deviceId);
});

test("is a new device of the same user when the browser has lost its keys", async () => {
  const server = new TinyHomeserver();
  const account = memoryAccountStore();
  const first = await openGuest(server, account, "wiped");
  await first.session.cryptoReady;
  const { userId, deviceId } = first.session.self;
  await first.scope.end();
  await Promise.all([`wiped:${deviceId}::matrix-sdk-crypto`, `wiped:${deviceId}::matrix-sdk-crypto-meta`].map(wipe));
  server.on("POST", /login/, () => credentialsOf(server.addDevice(userId)));

  const second = await openGuest(server, account, "wiped");
  await second.session.cryptoReady;

  expect(second.session.userId).toBe(userId);
  expect(second.session.self.deviceId).not.toBe(deviceId);
  expect(await databaseNames()).not.toContain(`wiped:${deviceId}::matrix-sdk-crypto`);
});

test("is a new guest when the token has ended and the password is not taken, and forgets the old keys", async () => {
  const server = new TinyHomeserver();
  const account = memoryAccountStore();
  const first = await openGuest(server, account, "ended");
  await first.session.cryptoReady;
  const { userId, deviceId } = first.session.self;
  await first.scope.end();
  server.devices.length = 0;
  server.on("POST", /login/, () => refuse(403, "M_FORBIDDEN"));

  const second = await openGuest(server, account, "ended");
  await second.session.cryptoReady;

  expect(second.session.userId).not.toBe(userId);
  expect(account.current()?.userId).toBe(second.session.userId);
  await vi.waitFor(async () => expect(await databaseNames()).not.toContain(`ended:${deviceId}::matrix-sdk-crypto`));
});

test("is a guest of its own in a second tab, which leaves nothing behind", async () => {
  const server = new TinyHomeserver();
  const account = memoryAccountStore();
  const first = await openGuest(server, account, "tabs");

  const second = await openGuest(server, account, "tabs");
  await second.session.cryptoReady;

  expect(second.session.userId).not.toBe(first.session.userId);
  expect(account.current()?.deviceId).toBe(first.session.self.deviceId);
  expect(await databaseNames()).not.toContain(`tabs:${second.session.self.deviceId}::matrix-sdk-crypto`);
});

test("reads and sends encrypted messages with keys in a browser's storage", async () => {
  const server = new TinyHomeserver();
  const [alice, bob] = await Promise.all(
    ["message-alice", "message-bob"].map((name) => openGuest(server, memoryAccountStore(), name)),
  );
  if (!alice || !bob) throw new Error("nobody is there");
  await Promise.all([alice.session.cryptoReady, bob.session.cryptoReady]);
  const roomId = "!room:tiny.example" as RoomId;
  const received = recordEvents(bob.scope, bob.session.watchEvents(roomId, bob.scope));
  const room = alice.session.watchRoom(roomId, alice.scope);
  const state = { sender: alice.session.userId, state_key: "" };
  server.publish(roomId, { ...state, type: "m.room.encryption", content: { algorithm: "m.megolm.v1.aes-sha2" } });
  for (const { session } of [alice, bob])
    server.publish(roomId, {
      ...state,
      type: "m.room.member",
      state_key: session.userId,
      content: { membership: "join" },
    });
  await vi.waitFor(() => expect(room.get()?.joined.size).toBe(2));

  for (const n of [1, 2, 3]) await alice.session.sendEvent(roomId, CALL_EVENTS.reaction, { n });
  await vi.waitFor(() => expect(received).toHaveLength(3), { timeout: 10_000 });

  expect(received.map(({ content }) => content)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(received[0]?.encryptedBy).toBe(alice.session.self.deviceId);
});

function wipe(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.addEventListener("success", () => resolve());
    request.addEventListener("error", () => reject(new Error(`${name} cannot be deleted`)));
  });
}
