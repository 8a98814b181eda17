import type { Core } from "./Core.ts";
import { newDeviceId, newToken } from "./ids.ts";
import { wakeRoom } from "./rooms/appendEvent.ts";
import type { Session } from "./store/AccountStore.ts";

export interface NewSession extends Session {
  readonly accessToken: string;
}

export interface SessionRequest {
  readonly userId: string;
  readonly deviceId: string | undefined;
  readonly deviceName: string | undefined;
}

/** Opens a session on a new device or, with the same device id, takes an old one over. */
export function openSession(core: Core, request: SessionRequest): NewSession {
  const session = { userId: request.userId, deviceId: request.deviceId ?? newDeviceId(core.random) };
  const accessToken = newToken(core.random);
  core.db.write(() => {
    core.accounts.addDevice(session, request.deviceName, core.clock.nowMs());
    core.accounts.setToken(session, accessToken);
  });
  return { ...session, accessToken };
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
