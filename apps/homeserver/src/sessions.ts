import type { Core } from "./Core.ts";
import { newDeviceId, newToken } from "./ids.ts";
import { wakeRoom } from "./rooms/appendEvent.ts";
import type { Session } from "./store/AccountStore.ts";
import type { TokenPair } from "./store/TokenStore.ts";

export interface NewSession extends Session {
  readonly accessToken: string;
  /** Where a renewable session was asked for. */
  readonly renewal?: Renewal;
}

export interface Renewal {
  readonly refreshToken: string;
  /** How long the access token works. */
  readonly expiresInMs: number;
}

export interface SessionRequest {
  readonly userId: string;
  readonly deviceId: string | undefined;
  readonly deviceName: string | undefined;
  /** The access token is to end soon and can be renewed. */
  readonly isRenewable: boolean;
}

/** Opens a session on a new device or, with the same device id, takes an old one over. */
export function openSession(core: Core, request: SessionRequest): NewSession {
  const session = { userId: request.userId, deviceId: request.deviceId ?? newDeviceId(core.random) };
  core.db.write(() => core.accounts.addDevice(session, request.deviceName, core.clock.nowMs()));
  if (request.isRenewable) {
    const pair = newPair(core);
    core.tokens.setPair(session, pair);
    return { ...session, ...describePair(core, pair) };
  }
  const accessToken = newToken(core.random);
  core.tokens.set(session, accessToken);
  return { ...session, accessToken };
}

/** Renews a session. @returns `undefined` if the refresh token is unknown or was replaced */
export function renewSession(core: Core, refreshToken: string): NewSession | undefined {
  const pair = newPair(core);
  const session = core.tokens.renew(refreshToken, pair);
  return session && { ...session, ...describePair(core, pair) };
}

function newPair(core: Core): TokenPair {
  const accessExpiresAtMs = core.clock.nowMs() + core.config.limits.renewableTokenMs;
  return { accessToken: newToken(core.random), refreshToken: newToken(core.random), accessExpiresAtMs };
}

function describePair(core: Core, { accessToken, refreshToken }: TokenPair): Omit<NewSession, keyof Session> {
  return { accessToken, renewal: { refreshToken, expiresInMs: core.config.limits.renewableTokenMs } };
}

/** Ends a session and forgets its device, keys and waiting messages; the others learn that it is gone. */
export function closeSession(core: Core, session: Session): void {
  core.db.write(() => {
    core.accounts.removeDevice(session);
    keysChanged(core, session.userId);
  });
}

/** Tells everybody who shares a room with the user to ask for its keys again. */
export function keysChanged(core: Core, userId: string): void {
  core.keys.markChanged(userId, core.db.nextPosition());
  core.db.afterCommit(() => core.notifier.wake([userId]));
  for (const roomId of core.members.joinedRooms(userId)) wakeRoom(core, roomId);
}
