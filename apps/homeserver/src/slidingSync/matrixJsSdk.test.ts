import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { silentLogger, systemClock } from "@conclave/kit";
import { getRequestListener } from "@hono/node-server";
import { ClientEvent, createClient, Preset, type MatrixClient, type Room } from "matrix-js-sdk";
import type { Logger as SdkLogger } from "matrix-js-sdk/lib/logger.js";
import { SlidingSync, SlidingSyncEvent, SlidingSyncState } from "matrix-js-sdk/lib/sliding-sync.js";
import { afterEach, beforeAll, expect, test, vi } from "vitest";

import { createHomeserver } from "../createHomeserver.ts";
import { nextEvent } from "../testing/nextEvent.ts";

const TEST_TIMEOUT_MS = 30_000;
const POLL_MS = 10_000;
const MEGOLM = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
const STICKY_TYPE = "org.matrix.msc4143.rtc.member";

const quiet: SdkLogger = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => quiet };
const closers: (() => Promise<unknown> | void)[] = [];

beforeAll(() => {
  for (const method of ["debug", "log", "info", "warn", "error", "trace"] as const)
    vi.spyOn(console, method).mockImplementation(() => {});
});

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** @returns the base URL, and every path that was asked for */
async function listen(): Promise<{ baseUrl: string; paths: string[] }> {
  const paths: string[] = [];
  const homeserver = createHomeserver(
    {
      clock: systemClock,
      randomBytes: (lengthBytes) => crypto.getRandomValues(new Uint8Array(lengthBytes)),
      logger: silentLogger,
    },
    { serverName: "hs.test", publicUrl: "http://hs.test", databasePath: ":memory:", livekitServiceUrls: [] },
  );
  const answer = getRequestListener((request) => {
    paths.push(new URL(request.url).pathname);
    return homeserver.fetch(request, "127.0.0.1");
  });
  const server: Server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    await homeserver.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

/** A client with Rust crypto that knows its rooms from a sliding window only. */
async function startClient(baseUrl: string, name: string): Promise<MatrixClient> {
  const guest = createClient({ baseUrl, logger: quiet });
  const made = await guest.registerRequest({ username: name, auth: { type: "m.login.dummy" } });
  const client = createClient({
    baseUrl,
    userId: made.user_id,
    deviceId: made.device_id ?? "",
    accessToken: made.access_token ?? "",
    logger: quiet,
  });
  await client.initRustCrypto({ useIndexedDB: false });
  closers.push(() => client.stopClient());
  const config = {
    required_state: [
      ["*", "*"],
      ["m.room.member", "*"],
    ],
    timeline_limit: 10,
  };
  const lists = new Map([["all", { ...config, ranges: [[0, 19]] }]]);
  const slidingSync = new SlidingSync(baseUrl, lists, config, client, POLL_MS);
  const isReady = new Promise<void>((resolve) => {
    slidingSync.on(SlidingSyncEvent.Lifecycle, (state) => {
      if (state === SlidingSyncState.Complete) resolve();
    });
  });
  await client.startClient({ slidingSync });
  await isReady;
  return client;
}

async function roomWith(client: MatrixClient, roomId: string, isDone: (room: Room) => boolean): Promise<Room> {
  for (;;) {
    const room = client.getRoom(roomId);
    if (room && isDone(room)) return room;
    await new Promise((resolve) => client.once(ClientEvent.Sync, resolve));
  }
}

test(
  "matrix-js-sdk's SlidingSync sees a room, its people and its encrypted messages, without /sync",
  async () => {
    const { baseUrl, paths } = await listen();
    const [alice, bob] = await Promise.all([startClient(baseUrl, "alice"), startClient(baseUrl, "bob")]);
    const { room_id: roomId } = await alice.createRoom({
      preset: Preset.PublicChat,
      name: "Standup",
      initial_state: [MEGOLM],
    });
    await bob.joinRoom(roomId);
    const seen = await roomWith(alice, roomId, (room) => room.getJoinedMembers().length === 2);
    const joined = await roomWith(bob, roomId, (room) => room.getJoinedMembers().length === 2);

    const received = nextEvent(bob, (event) => event.getContent()["body"] === "through Megolm");
    await alice.sendTextMessage(roomId, "through Megolm");
    const message = await received;

    expect([seen.name, joined.name]).toEqual(["Standup", "Standup"]);
    expect([message.isEncrypted(), message.isDecryptionFailure()]).toEqual([true, false]);
    expect(paths.filter((path) => path.endsWith("/v3/sync"))).toEqual([]);
  },
  TEST_TIMEOUT_MS,
);

test(
  "matrix-js-sdk's SlidingSync has what stuck in a room before it came",
  async () => {
    const { baseUrl } = await listen();
    const [alice, bob] = await Promise.all([startClient(baseUrl, "alice"), startClient(baseUrl, "bob")]);
    const { room_id: roomId } = await alice.createRoom({ preset: Preset.PublicChat });
    const content = { slot_id: "m.call#ROOM", msc4354_sticky_key: "me" };
    await alice._unstable_sendStickyEvent(roomId, 60_000, null, STICKY_TYPE as never, content as never);
    for (let n = 0; n < 12; n++) await alice.sendTextMessage(roomId, String(n)).catch(() => {});

    await bob.joinRoom(roomId);
    const room = await roomWith(bob, roomId, () => true);

    await vi.waitFor(() =>
      expect([...room._unstable_getStickyEvents()].map((event) => event.getContent())).toEqual([content]),
    );
  },
  TEST_TIMEOUT_MS,
);
