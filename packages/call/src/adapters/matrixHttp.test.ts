import { recordEvents, settlePromises } from "@conclave/kit/testing";
import type { DeviceAddress, DeviceId, RoomId, UserId } from "@conclave/matrix-rtc";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { openTinyGuest, type TinyGuest } from "./http/testing/openTinyGuest.ts";
import { credentialsOf, refuse, type TinyDevice, TinyHomeserver } from "./http/testing/TinyHomeserver.ts";

const KEY_TYPE = "io.element.call.encryption_keys";
const ROOM = "!room:tiny.example" as RoomId;

// Real Olm machines take their time when the computer is busy.
vi.setConfig({ testTimeout: 20_000 });

function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000 });
}

/** Whether the device has done what the answer to its first sync asks for. */
function isSettled(server: TinyHomeserver, device: TinyDevice): boolean {
  const paths = server.requests.filter((request) => request.device === device).map(({ path }) => path);
  const [, secondSync] = paths.flatMap((path, at) => (path.endsWith("/v3/sync") ? [at] : []));
  const after = secondSync === undefined ? [] : paths.slice(secondSync);
  return ["upload", "query"].every((name) => after.some((path) => path.endsWith(`/keys/${name}`)));
}

async function openPair(): Promise<{ server: TinyHomeserver; alice: TinyGuest; bob: TinyGuest }> {
  const server = new TinyHomeserver();
  const [alice, bob] = await Promise.all([openTinyGuest(server), openTinyGuest(server)]);
  await Promise.all([alice.session.cryptoReady, bob.session.cryptoReady]);
  return { server, alice, bob };
}

describe("a key message", () => {
  test("arrives decrypted, with the device that Olm proves", async () => {
    const { alice, bob } = await openPair();
    const received = recordEvents(bob.scope, bob.session.toDeviceReceived);

    const outcomes = await alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], { keys: "k" });
    await eventually(() => expect(received).toHaveLength(1));

    expect(outcomes).toEqual([{ to: bob.session.self, result: "sent" }]);
    expect(received[0]).toEqual({
      type: KEY_TYPE,
      sender: alice.session.userId,
      content: { keys: "k" },
      encryptedBy: { deviceId: alice.session.self.deviceId, isCrossSigned: false },
    });
  });

  test("keeps its order behind others to the same device", async () => {
    const { alice, bob } = await openPair();
    const received = recordEvents(bob.scope, bob.session.toDeviceReceived);

    await Promise.all(
      [0, 1, 2, 3].map((n) => alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], { n })),
    );
    await eventually(() => expect(received).toHaveLength(4));

    expect(received.map(({ content }) => content)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test("goes to many devices with one query, one claim and one send", async () => {
    const server = new TinyHomeserver();
    const [alice, ...others] = await Promise.all([1, 2, 3, 4].map(() => openTinyGuest(server)));
    await Promise.all([alice, ...others].map(async (guest) => guest?.session.cryptoReady));
    await eventually(() => expect(server.devices.every((device) => isSettled(server, device))).toBe(true));
    const before = server.requests.length;

    const recipients = others.map(({ session }) => session.self);
    const outcomes = await alice?.session.sendEncryptedToDevice(KEY_TYPE, recipients, { keys: "k" });

    const sent = server.requests.slice(before).filter(({ device }) => device === alice?.device);
    expect(outcomes?.map(({ result }) => result)).toEqual(["sent", "sent", "sent"]);
    expect(sent.map(({ path }) => path.split("/")[4]).filter((name) => name !== "sync")).toEqual([
      "keys",
      "keys",
      "sendToDevice",
    ]);
  });

  test("needs one request when the sessions were prepared", async () => {
    const { server, alice, bob } = await openPair();
    await alice.session.prepareSessions([bob.session.self]);
    const before = server.requests.length;

    await alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], {});

    const sent = server.requests.slice(before).filter(({ device }) => device === alice.device);
    expect(sent.map(({ path }) => path.split("/")[4])).toEqual(["sendToDevice"]);
  });

  test("does not reach devices without keys, and the others all the same", async () => {
    const { alice, bob } = await openPair();
    const nobody: DeviceAddress = { userId: "@nobody:tiny.example" as UserId, deviceId: "NONE" as DeviceId };
    const noUser: DeviceAddress = { userId: "nonsense" as UserId, deviceId: "NONE" as DeviceId };
    const recipients = [nobody, bob.session.self, noUser, alice.session.self];

    const outcomes = await alice.session.sendEncryptedToDevice(KEY_TYPE, recipients, {});

    expect(outcomes).toEqual([
      { to: nobody, result: "unreachable" },
      { to: bob.session.self, result: "sent" },
      { to: noUser, result: "unreachable" },
      { to: alice.session.self, result: "unreachable" },
    ]);
  });

  test("is sent again under the same transaction id after an outage", async () => {
    const { server, alice, bob } = await openPair();
    await alice.session.prepareSessions([bob.session.self]);
    const paths: string[] = [];
    let outages = 1;
    server.on("PUT", /sendToDevice/, ({ path }) => {
      paths.push(path);
      return outages-- > 0 ? refuse(502, "") : {};
    });

    const sending = alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], {});
    await eventually(() => expect(paths).toHaveLength(1));
    await alice.clock.advance(500);
    await sending;

    expect(paths).toHaveLength(2);
    expect(paths[0]).toBe(paths[1]);
  });

  test("rejects when nothing was sent", async () => {
    const { server, alice, bob } = await openPair();
    server.on("PUT", /sendToDevice/, () => refuse(403, "M_FORBIDDEN"));

    const sending = alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], {});

    await expect(sending).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("a message that proves nothing", () => {
  test("comes without a proof when it was in clear, even if it names a device", async () => {
    const { server, alice, bob } = await openPair();
    const received = recordEvents(bob.scope, bob.session.toDeviceReceived);

    server.deliver(bob.device, {
      type: KEY_TYPE,
      sender: alice.session.userId,
      content: { member: { claimed_device_id: alice.session.self.deviceId } },
      encryptedBy: { deviceId: alice.session.self.deviceId, isCrossSigned: true },
    });
    await eventually(() => expect(received).toHaveLength(1));

    expect(received[0]?.encryptedBy).toBeUndefined();
  });

  test("is dropped when the server puts another sender's name on it", async () => {
    const { server, alice, bob } = await openPair();
    const received = recordEvents(bob.scope, bob.session.toDeviceReceived);
    server.on("PUT", /sendToDevice/, ({ body }) => {
      const messages = body["messages"] as Record<string, Record<string, object>>;
      const content = messages[bob.session.userId]?.[bob.session.self.deviceId];
      server.deliver(bob.device, { type: "m.room.encrypted", sender: "@mallory:tiny.example", content });
      return {};
    });

    await alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], { keys: "k" });
    server.deliver(bob.device, { type: "marker", sender: alice.session.userId, content: {} });
    await eventually(() => expect(received.at(-1)?.type).toBe("marker"));

    expect(received.map(({ type }) => type)).toEqual(["marker"]);
  });
});

test("an Olm session that has lost its step makes the device claim a key for a new one", async () => {
  const { server, alice, bob } = await openPair();
  const received = recordEvents(bob.scope, bob.session.toDeviceReceived);
  const encrypted: Record<string, { body: string }>[] = [];
  server.on("PUT", /sendToDevice/, ({ body, device }) => {
    const messages = body["messages"] as Record<string, Record<string, { ciphertext: (typeof encrypted)[0] }>>;
    const content = messages[bob.session.userId]?.[bob.session.self.deviceId];
    if (device === alice.device && content) encrypted.push(content.ciphertext);
    return undefined;
  });
  await alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], {});
  await eventually(() => expect(received).toHaveLength(1));
  const heard = recordEvents(alice.scope, alice.session.toDeviceReceived);
  await bob.session.sendEncryptedToDevice(KEY_TYPE, [alice.session.self], {});
  await eventually(() => expect(heard).toHaveLength(1));
  await alice.session.sendEncryptedToDevice(KEY_TYPE, [bob.session.self], {});
  await eventually(() => expect(received).toHaveLength(2));
  // The machine does not replace sessions that are younger than an hour.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * 3_600_000 });
  onTestFinished(() => void vi.useRealTimers());

  const before = server.requests.length;
  const broken = JSON.parse(JSON.stringify(encrypted[1])) as (typeof encrypted)[0];
  for (const message of Object.values(broken)) message.body = `${message.body.slice(0, -6)}AAAAAA`;
  const content = {
    algorithm: "m.olm.v1.curve25519-aes-sha2",
    sender_key: (alice.device.keys["keys"] as Record<string, string>)[`curve25519:${alice.device.deviceId}`],
    ciphertext: broken,
  };
  server.deliver(bob.device, { type: "m.room.encrypted", sender: alice.session.userId, content });

  await eventually(() => {
    const fromBob = server.requests.slice(before).filter(({ device }) => device === bob.device);
    expect(fromBob.some(({ path }) => path.endsWith("/keys/claim"))).toBe(true);
  });
});

describe("a session", () => {
  test("is open before the encryption is, after one request", async () => {
    const server = new TinyHomeserver();

    await openTinyGuest(server);

    expect(server.count("POST", /register/)).toBe(1);
    expect(server.count("POST", /keys/)).toBe(0);
  });

  test("tells the server to forget messages only after they were handed out", async () => {
    const server = new TinyHomeserver();
    server.on("POST", /register/, () => {
      const device = server.addDevice("@bob:tiny.example");
      server.deliver(device, { type: "waiting", sender: "@alice:tiny.example", content: {} });
      return credentialsOf(device);
    });
    const bob = await openTinyGuest(server);
    const received = recordEvents(bob.scope, bob.session.toDeviceReceived);
    const handedOutWhenForgotten: number[] = [];
    server.on("GET", /sync/, ({ url }) => {
      if (url.searchParams.has("since")) handedOutWhenForgotten.push(received.length);
      return undefined;
    });

    await eventually(() => expect(handedOutWhenForgotten).not.toEqual([]));

    expect(handedOutWhenForgotten[0]).toBe(1);
  });

  test("learns the devices of people in a watched encrypted room before they are needed", async () => {
    const server = new TinyHomeserver();
    const bob = await openTinyGuest(server);
    server.rooms = {
      [ROOM]: {
        state: {
          events: [
            stateEvent("m.room.encryption", "", { algorithm: "m.megolm.v1.aes-sha2" }),
            stateEvent("m.room.member", bob.session.userId, { membership: "join" }),
          ],
        },
      },
    };
    const alice = await openTinyGuest(server);

    alice.session.watchRoom(ROOM, alice.scope);

    await eventually(() => {
      const queries = server.requests.filter(({ path, device }) => path.endsWith("query") && device === alice.device);
      expect(queries.some(({ body }) => bob.session.userId in (body["device_keys"] as object))).toBe(true);
    });
  });

  test("leaves no request and no timer when its scope ends", async () => {
    const { server, alice } = await openPair();

    await alice.scope.end();
    await settlePromises();
    const after = server.requests.length;
    await alice.clock.advance(120_000);

    expect(alice.clock.pendingTimers).toBe(0);
    expect(server.requests.slice(after).filter(({ device }) => device === alice.device)).toEqual([]);
  });

  test("tries to upload its keys again when the server is down", async () => {
    const server = new TinyHomeserver();
    let outages = 2;
    server.on("POST", /keys\/upload/, () => (outages-- > 0 ? refuse(503, "") : { one_time_key_counts: {} }));
    const alice = await openTinyGuest(server);
    await eventually(() => expect(server.count("POST", /keys\/upload/)).toBe(1));

    await alice.clock.advance(500);
    await eventually(() => expect(server.count("POST", /keys\/upload/)).toBe(2));
    await alice.clock.advance(1000);

    await expect(alice.session.cryptoReady).resolves.toBeUndefined();
  });
});

function stateEvent(type: string, stateKey: string, content: object): object {
  return {
    type,
    state_key: stateKey,
    content,
    event_id: `$${type}${stateKey}`,
    sender: "@alice:tiny.example",
    origin_server_ts: 1,
  };
}
