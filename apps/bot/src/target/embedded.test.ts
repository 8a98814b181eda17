import { existsSync, readFileSync } from "node:fs";

import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { Scope, silentLogger, systemClock, until } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { resolveHost } from "./adapters/resolveHost.ts";
import type { Target, TargetDeps } from "./model.ts";
import { openTarget } from "./openTarget.ts";

const LIMIT_MS = 60_000;
/** More than the homeserver lets one address register at once. */
const MANY = 130;

const deps: TargetDeps = {
  clock: systemClock,
  logger: silentLogger,
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fetch,
  resolve: resolveHost,
};

let target: Target;
let scope: Scope;

beforeEach(async () => {
  scope = new Scope();
  target = await openTarget(deps, {});
}, LIMIT_MS);

afterEach(async () => {
  await scope.end();
  await target.close({ keep: false });
}, LIMIT_MS);

const versions = async (): Promise<number> => (await fetch(`${target.homeserverUrl}/_matrix/client/versions`)).status;

/** Where nobody reaps orphans, a killed process stays behind as a zombie: it holds nothing any more. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !readFileSync(file, "utf8").includes(") Z ");
}

describe("the embedded stack", () => {
  it("names its processes, survives being killed and leaves nothing", { timeout: LIMIT_MS }, async () => {
    const before = target.processes();
    expect(before.map(({ part }) => part)).toEqual(["stack", "sfu-worker"]);

    await target.restart?.();

    expect(await versions()).toBe(200);
    const after = target.processes();
    expect(before.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(after.map(({ part }) => part)).toEqual(["stack", "sfu-worker"]);

    expect(await target.close({ keep: false })).toEqual([]);

    expect(after.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(target.processes()).toEqual([]);
  });

  it("has a room that a bot joins with its account and is kicked from", { timeout: LIMIT_MS }, async () => {
    const room = await target.createRoom({ isEncrypted: true });
    const account = await target.accountFor(0);
    const session = await openMatrixHttp(
      {
        homeserverUrl: target.homeserverUrl,
        account,
        cryptoStoreName: "bot-0",
        fetch: target.fetchFor(0),
        logger: silentLogger,
      },
      scope,
    );
    const roomId = await session.joinRoom(room.roomId);
    const view = session.watchRoom(roomId, scope);
    await until(scope, view, (now) => now?.isEncrypted === true);

    await target.kick(0, roomId);

    await until(scope, view, (now) => now === undefined);
    expect((await account.load())?.userId).toBe(session.userId);
  });

  it("takes more bots at once than one address may bring", { timeout: LIMIT_MS }, async () => {
    const statuses = await Promise.all(
      Array.from({ length: MANY }, async (_, bot) => {
        const response = await target.fetchFor(bot)(`${target.homeserverUrl}/_matrix/client/v3/login`, {
          method: "POST",
          body: JSON.stringify({ type: "m.login.token" }),
        });
        return response.status;
      }),
    );

    expect(statuses.filter((status) => status === 429)).toEqual([]);
  });

  it("can be the target of another swarm by its address or by a link", { timeout: LIMIT_MS }, async () => {
    const room = await target.createRoom({ isEncrypted: false });
    const byLink = await openTarget(deps, { url: `${target.homeserverUrl}/r/${room.linkId}` });
    const byAddress = await openTarget(deps, { url: target.homeserverUrl });

    expect(await byLink.createRoom({ isEncrypted: true })).toEqual(room);
    const [measured, ofLink] = await Promise.all([byAddress.serverTimeOffsetMs(), byLink.serverTimeOffsetMs()]);
    expect(Math.abs(measured)).toBeLessThan(100);
    expect(Math.abs(ofLink)).toBeLessThan(600);
    const made: { roomId: RoomId | string } = await byAddress.createRoom({ isEncrypted: true });
    expect(made.roomId).toMatch(/^!/);

    expect(await byLink.close({ keep: false })).toEqual([]);
    expect(await byAddress.close({ keep: false })).toEqual([]);
  });
});

describe("a stack that cannot start", () => {
  it("says in one sentence which cores cannot be meant", async () => {
    await expect(openTarget(deps, { pin: "first" })).rejects.toThrow(/^"first" names no cores: [^.]+\.$/);
  });
});
