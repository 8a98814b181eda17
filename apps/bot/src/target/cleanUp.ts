import type { Clock, Logger } from "@conclave/kit";

import type { BookedAccount } from "./accounts/AccountBook.ts";
import type { Keeper } from "./accounts/AccountSource.ts";
import { TargetError } from "./errors.ts";
import { stringAt } from "./json.ts";
import { type ApiAnswer, type ApiRequest, describe, type MatrixApi, pathOf } from "./MatrixApi.ts";
import type { Leftover, TargetRoom } from "./model.ts";

/** At most this long, however many accounts there are. */
const LIMIT_MS = 180_000;
const PARALLEL = 4;

export interface CleanUpContext {
  readonly api: MatrixApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keeper: Keeper;
  /** Those of bots; the keeper's own is not among them. */
  readonly accounts: readonly BookedAccount[];
  readonly rooms: readonly TargetRoom[];
}

type Task = { readonly left: Omit<Leftover, "reason">; readonly run: () => Promise<void> };

/**
 * Removes what a run made: rooms and aliases, then accounts, the keeper's last. Lent accounts are only taken out of
 * the rooms and logged out. Never rejects: what could not be removed is returned.
 *
 * @see Client-Server API, "POST /account/deactivate"; Synapse's admin API
 */
export async function cleanUp(context: CleanUpContext): Promise<readonly Leftover[]> {
  const deadlineMs = context.clock.monotonicMs() + LIMIT_MS;
  const rooms = context.rooms.map((room): Task => taskOfRoom(context, room));
  const accounts = context.accounts.map((booked): Task => taskOfAccount(context, booked));
  const keeper = { origin: context.keeper.origin, account: context.keeper.account };
  // A room can only be purged, and an alias only be removed, while the keeper can still log in.
  const stages = context.keeper.isAdmin ? [accounts, rooms] : [rooms, accounts];
  const last = context.keeper.isBorrowed ? [] : [taskOfAccount(context, keeper)];
  const left: Leftover[] = [];
  for (const tasks of [...stages, last]) left.push(...(await runAll(context, tasks, deadlineMs)));
  return left;
}

/** Everything that a run would have removed, where it is to be kept. */
export function listKept({ accounts, keeper, rooms }: CleanUpContext): readonly Leftover[] {
  const reason = "kept as asked";
  const made = [...accounts, { origin: keeper.origin, account: keeper.account }];
  return [
    ...rooms.map(({ roomId }): Leftover => ({ kind: "room", id: roomId, reason })),
    ...made
      .filter(({ origin }) => origin === "made")
      .map(({ account }): Leftover => ({ kind: "account", id: account.userId, reason })),
  ];
}

async function runAll(context: CleanUpContext, tasks: readonly Task[], deadlineMs: number): Promise<Leftover[]> {
  const left: Leftover[] = [];
  const waiting = [...tasks];
  async function work(): Promise<void> {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const reason =
        context.clock.monotonicMs() > deadlineMs ? "there was no time left" : await reasonOf(context, task);
      if (reason !== undefined) left.push({ ...task.left, reason });
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return left;
}

/** Runs a task; says why it failed, if it did. */
async function reasonOf(context: CleanUpContext, { left, run }: Task): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (fault) {
    context.logger.debug("clean-up failed", { kind: left.kind });
    return fault instanceof TargetError ? fault.message.replace(/\.$/, "") : "something unexpected happened";
  }
}

function taskOfRoom(context: CleanUpContext, room: TargetRoom): Task {
  return { left: { kind: "room", id: room.roomId }, run: () => removeRoom(context, room) };
}

function taskOfAccount(context: CleanUpContext, { origin, account }: BookedAccount): Task {
  if (origin === "made") {
    return { left: { kind: "account", id: account.userId }, run: () => deactivate(context, account) };
  }
  return {
    left: { kind: "device", id: `${account.userId} ${account.deviceId}` },
    run: () => retire(context, account),
  };
}

async function removeRoom({ api, keeper }: CleanUpContext, room: TargetRoom): Promise<void> {
  const token = keeper.account.accessToken;
  if (room.linkId !== undefined) {
    const serverName = keeper.account.userId.slice(keeper.account.userId.indexOf(":") + 1);
    const path = pathOf("/_matrix/client/v3/directory/room", `#${room.linkId}:${serverName}`);
    await must(api, { method: "DELETE", path, token }, [404]);
  }
  if (keeper.isAdmin) {
    const path = pathOf("/_synapse/admin/v2/rooms", room.roomId);
    await must(api, { method: "DELETE", path, token, body: { purge: true, block: false } }, [404]);
    return;
  }
  await leave({ api, token }, room.roomId);
}

async function leave({ api, token }: { api: MatrixApi; token: string }, roomId: string): Promise<void> {
  const path = pathOf("/_matrix/client/v3/rooms", roomId);
  await must(api, { method: "POST", path: `${path}/leave`, token, body: {} }, [403, 404]);
  await must(api, { method: "POST", path: `${path}/forget`, token, body: {} }, [400, 403, 404]);
}

/** Takes a lent account out of the rooms and ends the session that was opened for it. */
async function retire({ api, rooms }: CleanUpContext, account: BookedAccount["account"]): Promise<void> {
  const token = account.accessToken;
  if (token === "") return;
  for (const { roomId } of rooms) await leave({ api, token }, roomId);
  await must(api, { method: "POST", path: "/_matrix/client/v3/logout", token, body: {} }, [401]);
}

async function deactivate(context: CleanUpContext, account: BookedAccount["account"]): Promise<void> {
  const { api, keeper } = context;
  if (keeper.isAdmin) {
    const path = pathOf("/_synapse/admin/v1/deactivate", account.userId);
    await must(api, { method: "POST", path, token: keeper.account.accessToken, body: { erase: true } }, []);
    return;
  }
  const first = await tryDeactivate(api, account, undefined);
  if (first.isOk) return;
  const session = stringAt(first.body, "session");
  if (session !== undefined) return proved(await tryDeactivate(api, account, session));
  // The bot's session is gone: one more is opened for this.
  const again = await logIn(api, account);
  const asked = await tryDeactivate(api, again, undefined);
  if (!asked.isOk) proved(await tryDeactivate(api, again, stringAt(asked.body, "session")));
}

function tryDeactivate(api: MatrixApi, account: BookedAccount["account"], session?: string): Promise<ApiAnswer> {
  const identifier = { type: "m.id.user", user: account.userId };
  const proof = { type: "m.login.password", identifier, password: account.password ?? "", session };
  return api.sendPatiently({
    method: "POST",
    path: "/_matrix/client/v3/account/deactivate",
    token: account.accessToken,
    body: { erase: true, ...(session === undefined ? {} : { auth: proof }) },
  });
}

async function logIn(api: MatrixApi, account: BookedAccount["account"]): Promise<BookedAccount["account"]> {
  const identifier = { type: "m.id.user", user: account.userId };
  const answer = await api.sendPatiently({
    method: "POST",
    path: "/_matrix/client/v3/login",
    body: { type: "m.login.password", identifier, password: account.password ?? "" },
  });
  proved(answer);
  return { ...account, accessToken: stringAt(answer.body, "access_token") ?? "" };
}

async function must(api: MatrixApi, request: ApiRequest, alsoGood: readonly number[]): Promise<void> {
  const answer = await api.sendPatiently(request);
  if (!alsoGood.includes(answer.status)) proved(answer);
}

function proved(answer: ApiAnswer): void {
  if (!answer.isOk) throw new TargetError("refused", `the homeserver answered ${describe(answer)}`);
}
