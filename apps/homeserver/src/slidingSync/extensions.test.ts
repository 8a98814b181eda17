import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

import { all, slide } from "../testing/sliding.ts";
import { at, list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

let server: TestServer;
let alice: TestUser;
let bob: TestUser;

beforeEach(async () => {
  server = new TestServer();
  alice = await server.register("alice");
  bob = await server.register("bob");
});

afterEach(() => server.close());

const enabled = (name: string, more: Body = {}): Body => ({ extensions: { [name]: { enabled: true, ...more } } });

function received(answer: Body): unknown[] {
  return list(answer, "extensions", "to_device", "events").map((event) => at(event, "content", "text"));
}

async function toDevice(to: TestUser, text: string): Promise<void> {
  const body = { messages: { [to.userId]: { [to.deviceId]: { text } } } };
  await server.ok("PUT", `/sendToDevice/test.message/${text}`, { token: bob.token, body });
}

function globalTypes(answer: Body): unknown[] {
  return list(answer, "extensions", "account_data", "global").map(({ type }) => type);
}

test("to-device messages stay until their token comes back, in pages", async () => {
  for (const text of ["one", "two", "three"]) await toDevice(alice, text);
  const limit = 2;

  const first = await slide(server, alice, enabled("to_device", { limit }));
  const again = await slide(server, alice, enabled("to_device", { limit }));
  const since = at(again, "extensions", "to_device", "next_batch");
  const rest = await slide(server, alice, enabled("to_device", { limit, since }));
  const end = await slide(server, alice, enabled("to_device"));

  expect([received(first), received(again), received(rest)]).toEqual([["one", "two"], ["one", "two"], ["three"]]);
  expect(received(end)).toEqual(["three"]);
});

test("a to-device message ends the wait", async () => {
  const { pos } = await slide(server, alice, enabled("to_device"));
  const waiting = slide(server, alice, enabled("to_device"), { pos, timeout: 30_000 });
  await settlePromises();
  await toDevice(alice, "now");

  expect(received(await waiting)).toEqual(["now"]);
});

test("keys: counts each time, changed devices from where the client was", async () => {
  await server.room(alice, [bob]);
  const first = await slide(server, alice, enabled("e2ee"));
  await server.ok("POST", "/logout", { token: bob.token, body: {} });
  const second = await slide(server, alice, enabled("e2ee"), { pos: first["pos"] });

  expect(at(first, "extensions", "e2ee")).toEqual({
    device_one_time_keys_count: { signed_curve25519: 0 },
    device_unused_fallback_key_types: [],
  });
  expect(at(second, "extensions", "e2ee", "device_lists")).toEqual({ changed: [bob.userId], left: [] });
});

test("account data: everything at first, then what changed", async () => {
  const roomId = await server.room(alice);
  const put = (path: string, body: Body): Promise<Body> =>
    server.ok("PUT", `/user/${alice.userId}/${path}`, { token: alice.token, body });
  await put("account_data/a", { n: 1 });
  await put(`rooms/${roomId}/account_data/r`, { n: 1 });
  const body = { ...all(), ...enabled("account_data") };

  const first = await slide(server, alice, body);
  await put("account_data/b", { n: 2 });
  const second = await slide(server, alice, body, { pos: first["pos"] });

  expect(globalTypes(first)).toContain("a");
  expect(list(first, "extensions", "account_data", "rooms", roomId).map(({ type }) => type)).toEqual(["r"]);
  expect([globalTypes(second), at(second, "extensions", "account_data", "rooms")]).toEqual([["b"], {}]);
});

test("receipts and typing come for the rooms in view", async () => {
  const roomId = await server.room(alice, [bob]);
  const eventId = await server.send(alice, roomId, "one");
  const body = { ...all(), extensions: { receipts: { enabled: true }, typing: { enabled: true } } };
  const first = await slide(server, alice, body);
  await server.ok("POST", `/rooms/${roomId}/receipt/m.read/${eventId}`, { token: bob.token, body: {} });
  await server.ok("PUT", `/rooms/${roomId}/typing/${bob.userId}`, {
    token: bob.token,
    body: { typing: true, timeout: 10_000 },
  });

  const second = await slide(server, alice, body, { pos: first["pos"] });

  expect(at(first, "extensions", "typing", "rooms")).toEqual({});
  expect(at(second, "extensions", "receipts", "rooms", roomId, "content", eventId, "m.read")).toHaveProperty([
    bob.userId,
  ]);
  expect(at(second, "extensions", "typing", "rooms", roomId, "content", "user_ids")).toEqual([bob.userId]);
});

test("is left out where it was not asked for", async () => {
  expect(
    (await slide(server, alice, { extensions: { to_device: { enabled: false }, "org.example": {} } }))["extensions"],
  ).toEqual({});
});
