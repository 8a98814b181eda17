import { until } from "@conclave/kit";
import { describe, expect, onTestFinished, test } from "vitest";

import { openGuest, startHomeserver, type TestHomeserver } from "./openGuest.ts";

const CALL_MEMBER = "org.matrix.msc3401.call.member";

function start(): TestHomeserver {
  const server = startHomeserver();
  onTestFinished(() => server.homeserver.close());
  return server;
}

describe("a call room", () => {
  test("is encrypted, known at once to its maker and open to whoever has the link", async () => {
    const server = start();
    const [alice, bob] = await Promise.all([openGuest(server), openGuest(server)]);

    const roomId = await alice.session.createCallRoom({ linkId: "standup", name: "Standup" });
    const known = alice.session.watchRoom(roomId, alice.scope).get();
    const joined = await bob.session.joinByLink("standup");

    expect(known).toMatchObject({ name: "Standup", isEncrypted: true });
    expect(joined).toBe(roomId);
    expect(bob.session.watchRoom(roomId, bob.scope).get()?.joined.has(alice.session.userId)).toBe(true);
  });

  test("lets a guest write its membership, which others see", async () => {
    const server = start();
    const [alice, bob] = await Promise.all([openGuest(server), openGuest(server)]);
    const roomId = await alice.session.createCallRoom({ linkId: "standup" });
    await bob.session.joinByLink("standup");
    const room = alice.session.watchRoom(roomId, alice.scope);
    const stateKey = `_${bob.session.userId}_${bob.session.self.deviceId}_m.call`;

    const eventId = await bob.session.sendState(roomId, CALL_MEMBER, stateKey, { application: "m.call" });
    const view = await until(alice.scope, room, (view) => (view?.callMembers.length ?? 0) > 0);

    expect(view?.callMembers[0]).toMatchObject({ eventId, sender: bob.session.userId, stateKey });
  });

  test("is told apart from one that does not exist and one that is closed", async () => {
    const server = start();
    const alice = await openGuest(server);

    await expect(alice.session.joinByLink("nowhere")).rejects.toMatchObject({ code: "not_found" });
    await expect(alice.session.joinRoom("!none:conclave.test")).rejects.toMatchObject({
      code: expect.stringMatching(/not_found|forbidden/) as string,
    });
  });
});

describe("a dead man's switch", () => {
  test("is offered, fires when asked to, and is gone after that", async () => {
    const server = start();
    const alice = await openGuest(server);
    const { session, scope } = alice;
    const roomId = await session.createCallRoom({ linkId: "standup" });
    const room = session.watchRoom(roomId, scope);
    const stateKey = `_${session.userId}_${session.self.deviceId}_m.call`;

    const features = await session.readFeatures();
    const delayId = await session.scheduleState(roomId, CALL_MEMBER, stateKey, {}, 60_000);
    await session.restartDelayed(delayId);
    await session.sendDelayedNow(delayId);
    await until(scope, room, (view) => (view?.callMembers.length ?? 0) > 0);

    expect(features.delayedEvents).toBe(true);
    await expect(session.cancelDelayed("nothing" as typeof delayId)).rejects.toMatchObject({ code: "not_found" });
  });
});

test("finds the transport in both places and proves who the user is", async () => {
  const server = start();
  const { session } = await openGuest(server);

  const [transports, foci, token] = await Promise.all([
    session.readTransports(),
    session.readWellKnownFoci(),
    session.requestOpenIdToken(),
  ]);

  const transport = { type: "livekit", livekit_service_url: "https://conclave.test/livekit/jwt" };
  expect(transports[0]).toMatchObject(transport);
  expect(foci[0]).toMatchObject(transport);
  expect(server.homeserver.openIdUser(token.access_token)).toBe(session.userId);
});
