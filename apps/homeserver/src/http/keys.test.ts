import { PATIENCE_MS } from "../sync/sync.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { at, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

let server: TestServer;
let alice: TestUser;
let bob: TestUser;

beforeEach(async () => {
  server = new TestServer();
  alice = await server.register("alice");
  bob = await server.register("bob");
});

afterEach(() => server.close());

function deviceKeys(user: TestUser, key = "k"): Body {
  return {
    user_id: user.userId,
    device_id: user.deviceId,
    algorithms: ["m.olm.v1.curve25519-aes-sha2"],
    keys: { [`curve25519:${user.deviceId}`]: key, [`ed25519:${user.deviceId}`]: key },
    signatures: { [user.userId]: { [`ed25519:${user.deviceId}`]: "s" } },
  };
}

function upload(user: TestUser, body: unknown): Promise<Body> {
  return server.ok("POST", "/keys/upload", { token: user.token, body });
}

async function claim(from: TestUser, of: TestUser): Promise<unknown> {
  const body = { one_time_keys: { [of.userId]: { [of.deviceId]: "signed_curve25519" } } };
  return at(
    await server.ok("POST", "/keys/claim", { token: from.token, body }),
    "one_time_keys",
    of.userId,
    of.deviceId,
  );
}

const fallback = (id: string): Body => ({ fallback_keys: { [`signed_curve25519:${id}`]: { key: id } } });

describe("one-time keys", () => {
  test("are handed out once, oldest first, then the fallback key for ever", async () => {
    const keys = { "signed_curve25519:A": { key: "a" }, "signed_curve25519:B": { key: "b" } };
    await upload(bob, { one_time_keys: keys, fallback_keys: { "signed_curve25519:F": { key: "f", fallback: true } } });
    const before = await server.sync(bob);

    const claims = [await claim(alice, bob), await claim(alice, bob), await claim(alice, bob), await claim(alice, bob)];
    const after = await server.sync(bob);

    expect(claims).toEqual([
      { "signed_curve25519:A": { key: "a" } },
      { "signed_curve25519:B": { key: "b" } },
      { "signed_curve25519:F": { key: "f", fallback: true } },
      { "signed_curve25519:F": { key: "f", fallback: true } },
    ]);
    expect(before["device_one_time_keys_count"]).toEqual({ signed_curve25519: 2 });
    expect(before["device_unused_fallback_key_types"]).toEqual(["signed_curve25519"]);
    expect(after["device_one_time_keys_count"]).toEqual({ signed_curve25519: 0 });
    expect(after["device_unused_fallback_key_types"]).toEqual([]);
  });

  test("do not come back when an upload is repeated after a claim", async () => {
    const body = { one_time_keys: { "signed_curve25519:A": { key: "a" } } };
    await upload(bob, body);
    await claim(alice, bob);

    const counts = await upload(bob, body);

    expect(at(counts, "one_time_key_counts")).toEqual({ signed_curve25519: 0 });
    expect(await claim(alice, bob)).toBeUndefined();
  });

  test("refuse another key under a known id", async () => {
    await upload(bob, { one_time_keys: { "signed_curve25519:A": { key: "a" } } });

    const again = await server.call("POST", "/keys/upload", {
      token: bob.token,
      body: { one_time_keys: { "signed_curve25519:A": { key: "other" } } },
    });
    const resigned = await upload(bob, {
      one_time_keys: { "signed_curve25519:A": { key: "a", signatures: { x: { y: "z" } } } },
    });

    expect([again.status, again.body["errcode"]]).toEqual([400, "M_INVALID_PARAM"]);
    expect(at(resigned, "one_time_key_counts")).toEqual({ signed_curve25519: 1 });
  });

  test("a replaced fallback key counts as unused, the same one again does not", async () => {
    await upload(bob, fallback("F"));
    await claim(alice, bob);
    await upload(bob, fallback("F"));
    const same = await server.sync(bob);

    await upload(bob, fallback("G"));
    const fresh = await server.sync(bob);

    expect(same["device_unused_fallback_key_types"]).toEqual([]);
    expect(fresh["device_unused_fallback_key_types"]).toEqual(["signed_curve25519"]);
  });

  test("wake their owner's sync when one is claimed", async () => {
    await upload(bob, { one_time_keys: { "signed_curve25519:A": { key: "a" } } });
    const { next_batch: since } = await server.sync(bob);
    const waiting = server.sync(bob, { since: String(since), timeout: "30000" });

    await claim(alice, bob);
    await server.clock.advance(0);
    await server.clock.advance(PATIENCE_MS);

    expect((await waiting)["device_one_time_keys_count"]).toEqual({ signed_curve25519: 0 });
  });
});

describe("device keys", () => {
  test("are found by others, with the device's name", async () => {
    await upload(bob, { device_keys: deviceKeys(bob) });
    await server.ok("PUT", `/devices/${bob.deviceId}`, { token: bob.token, body: { display_name: "Phone" } });

    const found = await server.ok("POST", "/keys/query", {
      token: alice.token,
      body: { device_keys: { [bob.userId]: [], "@nobody:elsewhere.test": [] } },
    });

    expect(at(found, "device_keys", bob.userId, bob.deviceId)).toEqual({
      ...deviceKeys(bob),
      unsigned: { device_display_name: "Phone" },
    });
    expect(at(found, "device_keys", "@nobody:elsewhere.test")).toBeUndefined();
  });

  test("cannot be uploaded for another device", async () => {
    const answer = await server.call("POST", "/keys/upload", {
      token: alice.token,
      body: { device_keys: deviceKeys(bob) },
    });

    expect([answer.status, answer.body["errcode"]]).toEqual([400, "M_INVALID_PARAM"]);
  });
});

describe("device lists in sync", () => {
  test("name those who share a room when their keys change", async () => {
    const carol = await server.register("carol");
    await server.room(alice, [bob]);
    const { next_batch: since } = await server.sync(alice);

    await upload(bob, { device_keys: deviceKeys(bob) });
    await upload(carol, { device_keys: deviceKeys(carol) });
    const update = await server.sync(alice, { since: String(since) });
    await upload(bob, { device_keys: deviceKeys(bob) });
    const again = await server.sync(alice, { since: String(update["next_batch"]) });

    expect(update["device_lists"]).toEqual({ changed: [bob.userId], left: [] });
    expect(again["device_lists"]).toEqual({ changed: [], left: [] });
  });

  test("name newcomers on both sides and those whom no room is shared with any longer", async () => {
    const roomId = await server.room(alice);
    const aliceStart = await server.sync(alice);
    const bobStart = await server.sync(bob);
    await server.ok("POST", `/join/${roomId}`, { token: bob.token, body: {} });
    const aliceSees = await server.sync(alice, { since: String(aliceStart["next_batch"]) });
    const bobSees = await server.sync(bob, { since: String(bobStart["next_batch"]) });

    await server.ok("POST", `/rooms/${roomId}/leave`, { token: bob.token, body: {} });
    const aliceAfter = await server.sync(alice, { since: String(aliceSees["next_batch"]) });
    const bobAfter = await server.sync(bob, { since: String(bobSees["next_batch"]) });

    expect(aliceSees["device_lists"]).toEqual({ changed: [bob.userId], left: [] });
    expect(bobSees["device_lists"]).toEqual({ changed: [alice.userId], left: [] });
    expect(aliceAfter["device_lists"]).toEqual({ changed: [], left: [bob.userId] });
    expect(bobAfter["device_lists"]).toEqual({ changed: [], left: [alice.userId] });
  });

  test("tell of a logout, after which the device has no keys", async () => {
    await server.room(alice, [bob]);
    await upload(bob, { device_keys: deviceKeys(bob) });
    const { next_batch: since } = await server.sync(alice);

    await server.ok("POST", "/logout", { token: bob.token });
    const update = await server.sync(alice, { since: String(since) });
    const found = await server.ok("POST", "/keys/query", {
      token: alice.token,
      body: { device_keys: { [bob.userId]: [] } },
    });

    expect(at(update, "device_lists", "changed")).toEqual([bob.userId]);
    expect(at(found, "device_keys", bob.userId)).toEqual({});
  });
});

const master = (user: TestUser, key = "M"): Body => ({
  user_id: user.userId,
  usage: ["master"],
  keys: { [`ed25519:${key}`]: key },
});

describe("cross-signing", () => {
  test("takes the first keys without proof and others only with it", async () => {
    const path = "/keys/device_signing/upload";
    await server.ok("POST", path, { token: bob.token, body: { master_key: master(bob) } });
    await server.ok("POST", path, { token: bob.token, body: { master_key: master(bob) } });

    const other = { master_key: master(bob, "N") };
    const refused = await server.call("POST", path, { token: bob.token, body: other });
    await server.ok("POST", path, { token: bob.token, body: { ...other, auth: { type: "m.login.dummy" } } });
    const found = await server.ok("POST", "/keys/query", {
      token: alice.token,
      body: { device_keys: { [bob.userId]: [] } },
    });

    expect([refused.status, at(refused.body, "flows", 0, "stages")]).toEqual([401, ["m.login.dummy"]]);
    expect(at(found, "master_keys", bob.userId, "keys")).toEqual({ "ed25519:N": "N" });
  });

  test("shows a signature to owner and signer only", async () => {
    const carol = await server.register("carol");
    await server.ok("POST", "/keys/device_signing/upload", { token: bob.token, body: { master_key: master(bob) } });
    const signed = { ...master(bob), signatures: { [alice.userId]: { "ed25519:A": "signature" } } };

    const answer = await server.ok("POST", "/keys/signatures/upload", {
      token: alice.token,
      body: { [bob.userId]: { M: signed, unknown: signed } },
    });
    const query = async (user: TestUser): Promise<unknown> =>
      at(
        await server.ok("POST", "/keys/query", { token: user.token, body: { device_keys: { [bob.userId]: [] } } }),
        "master_keys",
        bob.userId,
        "signatures",
      );

    expect(at(answer, "failures", bob.userId, "unknown", "errcode")).toBe("M_NOT_FOUND");
    expect(await query(alice)).toEqual({ [alice.userId]: { "ed25519:A": "signature" } });
    expect(await query(carol)).toEqual({});
  });

  test("answers that there is no key backup", async () => {
    const answer = await server.call("GET", "/room_keys/version", { token: alice.token });

    expect([answer.status, answer.body["errcode"]]).toEqual([404, "M_NOT_FOUND"]);
  });
});
