import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { silentLogger, systemClock } from "@conclave/kit";
import { getRequestListener } from "@hono/node-server";
import { ClientEvent, createClient, Preset, SyncState, type MatrixClient } from "matrix-js-sdk";
import type { Logger as SdkLogger } from "matrix-js-sdk/lib/logger.js";
import { MatrixRTCSessionEvent, type MatrixRTCSession } from "matrix-js-sdk/lib/matrixrtc/index.js";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";

import { createHomeserver } from "./createHomeserver.ts";
import type { Homeserver } from "./Homeserver.ts";
import { nextEvent } from "./testing/nextEvent.ts";

const TEST_TIMEOUT_MS = 30_000;

const quiet: SdkLogger = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => quiet };

const closers: (() => Promise<unknown> | void)[] = [];

beforeAll(() => {
  // Rooms and sessions write to the console whatever logger their client was given.
  for (const method of ["debug", "log", "info", "warn", "error", "trace"] as const)
    vi.spyOn(console, method).mockImplementation(() => {});
});

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function listen(): Promise<string> {
  const homeserver: Homeserver = createHomeserver(
    {
      clock: systemClock,
      randomBytes: (lengthBytes) => crypto.getRandomValues(new Uint8Array(lengthBytes)),
      logger: silentLogger,
    },
    { serverName: "hs.test", publicUrl: "http://hs.test", databasePath: ":memory:", livekitServiceUrls: [] },
  );
  const answer = getRequestListener((request) => homeserver.fetch(request, "127.0.0.1"));
  const server: Server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    await homeserver.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Registers, logs in with the password on a device of its own, and syncs with Rust crypto. */
async function startClient(baseUrl: string, name: string): Promise<MatrixClient> {
  const guest = createClient({ baseUrl, logger: quiet });
  await guest.registerRequest({ username: name, password: "correct horse", auth: { type: "m.login.dummy" } });
  const login = await guest.loginRequest({
    type: "m.login.password",
    identifier: { type: "m.id.user", user: name },
    password: "correct horse",
  });
  const client = createClient({
    baseUrl,
    userId: login.user_id,
    deviceId: login.device_id,
    accessToken: login.access_token,
    logger: quiet,
  });
  await client.initRustCrypto({ useIndexedDB: false });
  closers.push(() => client.stopClient());
  const isPrepared = new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared) resolve();
    });
  });
  await client.startClient({ initialSyncLimit: 8 });
  await isPrepared;
  return client;
}

function nextToDevice(client: MatrixClient, type: string): Promise<{ content: unknown; isEncrypted: boolean }> {
  return new Promise((resolve) => {
    client.on(ClientEvent.ReceivedToDeviceMessage, ({ message, encryptionInfo }) => {
      if (message.type === type) resolve({ content: message.content, isEncrypted: encryptionInfo !== null });
    });
  });
}

describe.each([
  ["state events", false],
  ["sticky events", true],
])("matrix-js-sdk's MatrixRTCSession with %s", (_what, areSticky) => {
  test(
    "members see each other and exchange media keys",
    async () => {
      const baseUrl = await listen();
      const alice = await startClient(baseUrl, "alice");
      const bob = await startClient(baseUrl, "bob");
      const { room_id: roomId } = await alice.createRoom({
        preset: Preset.PublicChat,
        initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
      });
      await bob.joinRoom(roomId);
      const sessions = await Promise.all([openSession(alice, roomId), openSession(bob, roomId)]);
      const complete = sessions.map((session) => Promise.all([seesTwo(session), hasKeysOf(session, 2)]));

      for (const [index, session] of sessions.entries()) {
        const client = index === 0 ? alice : bob;
        const [userId, deviceId] = [client.getSafeUserId(), client.getDeviceId() ?? ""];
        const memberId = `${userId}:${deviceId}`;
        const transport = { type: "livekit", livekit_service_url: "http://hs.test/jwt", livekit_alias: roomId };
        const options = { manageMediaKeys: true, unstableSendStickyEvents: areSticky };
        session.joinRTCSession({ userId, deviceId, memberId }, [transport], transport, options);
      }
      const seen = await Promise.all(complete);

      expect(seen.map(([users]) => users)).toEqual([
        ["@alice:hs.test", "@bob:hs.test"],
        ["@alice:hs.test", "@bob:hs.test"],
      ]);
      await Promise.all(sessions.map((session) => session.leaveRoomSession(5_000)));
    },
    TEST_TIMEOUT_MS,
  );
});

async function openSession(client: MatrixClient, roomId: string): Promise<MatrixRTCSession> {
  await nextSync(client, () => client.getRoom(roomId)?.getJoinedMemberCount() === 2);
  const room = client.getRoom(roomId);
  if (!room) throw new Error("The room has not arrived");
  return client.matrixRTC.getRoomSession(room);
}

async function nextSync(client: MatrixClient, isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => client.once(ClientEvent.Sync, resolve));
}

/** Resolves with the members' user ids once there are two. */
function seesTwo(session: MatrixRTCSession): Promise<string[]> {
  return new Promise((resolve) => {
    session.on(MatrixRTCSessionEvent.MembershipsChanged, (_before, memberships) => {
      if (memberships.length === 2) resolve(memberships.map(({ userId }) => userId).toSorted());
    });
  });
}

/** Resolves once keys of so many members, the own one among them, are there. */
function hasKeysOf(session: MatrixRTCSession, count: number): Promise<void> {
  const users = new Set<string>();
  return new Promise((resolve) => {
    session.on(MatrixRTCSessionEvent.EncryptionKeyChanged, (_key, _index, membership) => {
      users.add(membership.userId);
      if (users.size === count) resolve();
    });
  });
}

test(
  "matrix-js-sdk exchanges a Megolm message and an Olm to-device message",
  async () => {
    const baseUrl = await listen();
    const [alice, bob] = await Promise.all([startClient(baseUrl, "alice"), startClient(baseUrl, "bob")]);
    const { room_id: roomId } = await alice.createRoom({
      invite: [bob.getSafeUserId()],
      initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
    });
    const isJoinedSeen = nextEvent(
      alice,
      (event) =>
        event.getType() === "m.room.member" &&
        event.getStateKey() === bob.getUserId() &&
        event.getContent()["membership"] === "join",
    );
    await bob.joinRoom(roomId);
    await isJoinedSeen;

    const received = nextEvent(bob, (event) => event.getContent()["body"] === "through Megolm");
    await alice.sendTextMessage(roomId, "through Megolm");
    const message = await received;

    const toDevice = nextToDevice(bob, "org.example.key");
    await alice.encryptAndSendToDevice(
      "org.example.key",
      [{ userId: bob.getSafeUserId(), deviceId: bob.getDeviceId() ?? "" }],
      { key: "through Olm" },
    );
    const secret = await toDevice;

    expect(message.isEncrypted()).toBe(true);
    expect(message.getWireType()).toBe("m.room.encrypted");
    expect(message.isDecryptionFailure()).toBe(false);
    expect(secret.isEncrypted).toBe(true);
    expect(secret.content).toMatchObject({ key: "through Olm" });
  },
  TEST_TIMEOUT_MS,
);
