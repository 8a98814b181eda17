import { until } from "@conclave/kit";
import { describe, expect, test } from "vitest";

import { freshLink, openGuest, startHomeserver, type TestHomeserver } from "./openGuest.ts";

/** Synapse serves the file only when it is told to, and not under this key. */
const HAS_WELL_KNOWN = process.env["MATRIX_HTTP_HOMESERVER"] === undefined;
const CALL_MEMBER = "org.matrix.msc3401.call.member";

describe("a call room", () => {
  test("is encrypted, known at once to its maker and open to whoever has the link", async () => {
    const server = startHomeserver();
    const [alice, bob] = await Promise.all([openGuest(server), openGuest(server)]);

    const linkId = freshLink();
    const roomId = await alice.session.createCallRoom({ linkId, name: "Standup" });
    const known = alice.session.watchRoom(roomId, alice.scope).get();
    const joined = await bob.session.joinByLink(linkId);

    expect(known).toMatchObject({ name: "Standup", isEncrypted: true });
    expect(joined).toBe(roomId);
    expect(bob.session.watchRoom(roomId, bob.scope).get()?.joined.has(alice.session.userId)).toBe(true);
  });

  test("lets a guest write its membership, which others see", async () => {
    const server = startHomeserver();
    const [alice, bob] = await Promise.all([openGuest(server), openGuest(server)]);
    const linkId = freshLink();
    const roomId = await alice.session.createCallRoom({ linkId });
    await bob.session.joinByLink(linkId);
    const room = alice.session.watchRoom(roomId, alice.scope);
    const stateKey = `_${bob.session.userId}_${bob.session.self.deviceId}_m.call`;

    const eventId = await bob.session.sendState(roomId, CALL_MEMBER, stateKey, { application: "m.call" });
    const view = await until(alice.scope, room, (view) => (view?.callMembers.length ?? 0) > 0);

    expect(view?.callMembers[0]).toMatchObject({ eventId, sender: bob.session.userId, stateKey });
  });

  test("is told apart from one that does not exist and one that is closed", async () => {
    const server = startHomeserver();
    const alice = await openGuest(server);

    await expect(alice.session.joinByLink("nowhere")).rejects.toMatchObject({ code: "not_found" });
    await expect(alice.session.joinRoom("!none:nowhere.test")).rejects.toMatchObject({
      code: expect.stringMatching(/not_found|forbidden/) as string,
    });
  });
});

describe("a dead man's switch", () => {
  test("is offered, fires when asked to, and is gone after that", async () => {
    const server = startHomeserver();
    const alice = await openGuest(server);
    const { session, scope } = alice;
    const linkId = freshLink();
    const roomId = await session.createCallRoom({ linkId });
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
  const server = startHomeserver();
  const { session } = await openGuest(server);

  const [transports, foci, token] = await Promise.all([
    session.readTransports(),
    session.readWellKnownFoci(),
    session.requestOpenIdToken(),
  ]);

  const transport = { type: "livekit", livekit_service_url: expect.stringMatching(/jwt$/) as string };
  expect(transports[0]).toMatchObject(transport);
  expect(foci).toEqual(HAS_WELL_KNOWN ? [expect.objectContaining(transport)] : []);
  expect(await whois(server, token.access_token)).toEqual({ sub: session.userId });
});

/** What a JWT service asks. @see Server-Server API, "GET /openid/userinfo" */
async function whois(server: TestHomeserver, token: string): Promise<unknown> {
  const response = await server.fetch(`${server.url}/_matrix/federation/v1/openid/userinfo?access_token=${token}`);
  return response.json();
}
