import { createHmac, randomUUID } from "node:crypto";

import { openTarget, resolveHost, type Target, type TargetDeps, type TargetOptions } from "@conclave/bot/target";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { Scope, Secret, silentLogger, systemClock, until } from "@conclave/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { postJson } from "../json.ts";
import { type Peers, spawnPeers, type SpawnedPeers } from "./spawnPeers.ts";

/** Building LiveKit takes three minutes where nothing is cached. */
const BUILD_LIMIT_MS = 900_000;
const LIMIT_MS = 60_000;

const deps: TargetDeps = {
  clock: systemClock,
  logger: silentLogger,
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fetch: globalThis.fetch,
  resolve: resolveHost,
};

let stack: SpawnedPeers;

beforeAll(async () => {
  stack = await spawnPeers();
}, BUILD_LIMIT_MS);

afterAll(() => stack.close());

/** A bot's session joins the room and is kicked; returns its user id. */
async function joinAndKick(target: Target, botNumber: number): Promise<string> {
  const scope = new Scope();
  try {
    const room = await target.createRoom({ isEncrypted: true });
    const session = await openMatrixHttp(
      {
        homeserverUrl: target.homeserverUrl,
        account: await target.accountFor(botNumber),
        cryptoStoreName: `bot-${botNumber}`,
        fetch: target.fetchFor(botNumber),
        logger: silentLogger,
      },
      scope,
    );
    const roomId = await session.joinRoom(room.roomId);
    const view = session.watchRoom(roomId, scope);
    await until(scope, view, (now) => now?.isEncrypted === true);
    await target.kick(botNumber, roomId);
    await until(scope, view, (now) => now === undefined);
    return session.userId;
  } finally {
    await scope.end();
  }
}

/** Asks Synapse's admin API, as an administrator made for that. */
async function admin({ homeserverUrl, sharedSecret }: Peers, path: string): Promise<{ status: number; body: unknown }> {
  const registration = `${homeserverUrl}/_synapse/admin/v1/register`;
  const { nonce } = (await (await fetch(registration)).json()) as { nonce: string };
  const [username, password] = [`admin-${randomUUID()}`, randomUUID()];
  const mac = createHmac("sha1", sharedSecret).update([nonce, username, password, "admin"].join("\0")).digest("hex");
  const body = { nonce, username, password, admin: true, mac };
  const { access_token } = await postJson<{ access_token: string }>(registration, body);
  const response = await fetch(homeserverUrl + path, { headers: { authorization: `Bearer ${access_token}` } });
  return { status: response.status, body: await response.json() };
}

function optionsFor(running: Peers, more: TargetOptions = {}): TargetOptions {
  return { url: running.homeserverUrl, sharedSecret: new Secret(running.sharedSecret), ...more };
}

async function userOf(running: Peers, userId: string): Promise<unknown> {
  return (await admin(running, `/_synapse/admin/v2/users/${encodeURIComponent(userId)}`)).body;
}

describe("a target on Synapse and LiveKit", () => {
  it("works with guests and deactivates them", { timeout: LIMIT_MS }, async (context) => {
    const running = stack.of(context);
    const target = await openTarget(deps, { url: running.homeserverUrl, processes: running.processes });
    const userId = await joinAndKick(target, 0);
    const offsets = [await target.serverTimeOffsetMs(), await target.serverTimeOffsetMs()];

    expect(await target.close({ keep: false })).toEqual([]);

    expect(Math.max(...offsets.map(Math.abs))).toBeLessThan(100);
    expect(target.processes().map(({ part }) => part)).toEqual(["synapse", "livekit", "jwt-service"]);
    expect(await userOf(running, userId)).toMatchObject({ deactivated: true });
  });

  it(
    "works with the shared secret, deactivates accounts and purges the room",
    { timeout: LIMIT_MS },
    async (context) => {
      const running = stack.of(context);
      const target = await openTarget(deps, optionsFor(running));
      const userId = await joinAndKick(target, 0);
      const { roomId } = await target.createRoom({ isEncrypted: true });

      expect(await target.close({ keep: false })).toEqual([]);

      expect(await userOf(running, userId)).toMatchObject({ deactivated: true });
      const { status } = await admin(running, `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}`);
      expect(status).toBe(404);
    },
  );

  it("works with lent accounts, logs them out and leaves them as they were", { timeout: LIMIT_MS }, async (context) => {
    const running = stack.of(context);
    const lender = await openTarget(deps, optionsFor(running));
    const accounts = await Promise.all(
      [0, 1].map(async (bot) => {
        const account = await (await lender.accountFor(bot)).load();
        if (account?.password === undefined) throw new Error("no account");
        return { userId: account.userId, login: { type: "password", password: new Secret(account.password) } } as const;
      }),
    );
    const target = await openTarget(deps, { url: running.homeserverUrl, accounts });
    const userId = await joinAndKick(target, 1);
    expect(userId).toBe(accounts[1]?.userId);

    expect(await target.close({ keep: false })).toEqual([]);

    expect(await userOf(running, userId)).toMatchObject({ deactivated: false });
    const devices = await admin(running, `/_synapse/admin/v2/users/${encodeURIComponent(userId)}/devices`);
    // The one that it had when it was lent.
    expect(devices.body).toMatchObject({ total: 1 });
    await lender.close({ keep: false });
  });

  it("is found through a link of our web app", { timeout: LIMIT_MS }, async (context) => {
    const running = stack.of(context);
    if (running.webAppUrl === undefined) context.skip("The web app is not built");
    const maker = await openTarget(deps, optionsFor(running));
    const room = await maker.createRoom({ isEncrypted: true });

    const target = await openTarget(deps, { url: `${running.webAppUrl}/r/${room.linkId}` });

    expect(await target.createRoom({ isEncrypted: true })).toEqual(room);
    expect(Math.abs(await target.serverTimeOffsetMs())).toBeLessThan(1000);
    expect([...(await target.close({ keep: false })), ...(await maker.close({ keep: false }))]).toEqual([]);
  });

  it("is refused in one sentence with a wrong secret or a wrong password", { timeout: LIMIT_MS }, async (context) => {
    const running = stack.of(context);
    const account = {
      userId: `@nobody:${running.serverName}`,
      login: { type: "password", password: new Secret("x") },
    } as const;

    await expect(openTarget(deps, optionsFor(running, { sharedSecret: new Secret("wrong") }))).rejects.toMatchObject({
      code: "wrong_credentials",
    });
    await expect(openTarget(deps, { url: running.homeserverUrl, accounts: [account] })).rejects.toMatchObject({
      code: "wrong_credentials",
    });
    await expect(openTarget(deps, { url: running.livekitUrl.replace("ws", "http") })).rejects.toMatchObject({
      code: "not_a_homeserver",
    });
  });
});
