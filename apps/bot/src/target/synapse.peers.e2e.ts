import { Secret, Scope, silentLogger, systemClock, until } from "@conclave/kit";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";

import { type PeerStack, startPeerStack } from "../../../../infra/peers/startPeerStack.mjs";
import { sharedSecretRegistration } from "./accounts/sharedSecret.ts";
import { resolveHost } from "./adapters/resolveHost.ts";
import { MatrixApi } from "./MatrixApi.ts";
import type { Target, TargetDeps, TargetOptions } from "./model.ts";
import { openTarget } from "./openTarget.ts";

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

let stack: PeerStack | undefined;
let whyNot = "";

beforeAll(async () => {
  try {
    stack = await startPeerStack({ withWebApp: true });
  } catch (fault) {
    if (!(fault instanceof Error) || fault.name !== "Skip") throw fault;
    whyNot = fault.message;
    process.stderr.write(`\nSKIPPED: ${whyNot}\n`);
  }
}, BUILD_LIMIT_MS);

afterAll(() => stack?.close());

/** The running peers; skips the test, and says why, where they cannot be had. */
function peers(context: TestContext): PeerStack {
  return stack ?? context.skip(whyNot);
}

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

/** Asks Synapse's admin API. */
async function admin(running: PeerStack, path: string): Promise<{ status: number; body: unknown }> {
  const api = new MatrixApi(deps, running.homeserverUrl);
  const source = sharedSecretRegistration({ api, randomBytes: deps.randomBytes }, new Secret(running.sharedSecret));
  const { account } = await source.openKeeper();
  return api.send({ method: "GET", path, token: account.accessToken });
}

function optionsFor(running: PeerStack, more: TargetOptions = {}): TargetOptions {
  return { url: running.homeserverUrl, sharedSecret: new Secret(running.sharedSecret), ...more };
}

async function userOf(running: PeerStack, userId: string): Promise<unknown> {
  return (await admin(running, `/_synapse/admin/v2/users/${encodeURIComponent(userId)}`)).body;
}

describe("a target on Synapse and LiveKit", () => {
  it("works with guests and deactivates them", { timeout: LIMIT_MS }, async (context) => {
    const running = peers(context);
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
      const running = peers(context);
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
    const running = peers(context);
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
    const running = peers(context);
    if (running.webAppUrl === undefined) context.skip("The web app is not built");
    const maker = await openTarget(deps, optionsFor(running));
    const room = await maker.createRoom({ isEncrypted: true });

    const target = await openTarget(deps, { url: `${running.webAppUrl}/r/${room.linkId}` });

    expect(await target.createRoom({ isEncrypted: true })).toEqual(room);
    expect(Math.abs(await target.serverTimeOffsetMs())).toBeLessThan(1000);
    expect([...(await target.close({ keep: false })), ...(await maker.close({ keep: false }))]).toEqual([]);
  });

  it("is refused in one sentence with a wrong secret or a wrong password", { timeout: LIMIT_MS }, async (context) => {
    const running = peers(context);
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
