import { randomUUID } from "node:crypto";

/** A homeserver with open registration. */
export interface OpenHomeserver {
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
}

/** A user who can log in on any number of devices. */
export interface TestUser {
  readonly userId: string;
  readonly password: string;
  /** Of the device that registered; no client runs on it. */
  readonly accessToken: string;
  readonly deviceId: string;
}

export interface RoomToWalkIn {
  /** Of the users who are in it. */
  readonly names: readonly string[];
  readonly isEncrypted: boolean;
}

interface LoginAnswer {
  readonly user_id: string;
  readonly device_id: string;
  readonly access_token: string;
}

const ENCRYPTION = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };

/** A room for calls on a homeserver, and the users who are in it. */
export class TestRoom {
  readonly server: OpenHomeserver;
  readonly roomId: string;
  readonly isEncrypted: boolean;
  readonly users: readonly TestUser[];

  private constructor(server: OpenHomeserver, made: Pick<TestRoom, "roomId" | "isEncrypted" | "users">) {
    this.server = server;
    this.roomId = made.roomId;
    this.isEncrypted = made.isEncrypted;
    this.users = made.users;
  }

  static async make(server: OpenHomeserver, { names, isEncrypted }: RoomToWalkIn): Promise<TestRoom> {
    const users = await Promise.all(names.map((name) => register(server, name)));
    const maker = await register(server, "maker");
    const { room_id: roomId } = await ask<{ room_id: string }>(server, "createRoom", {
      token: maker.accessToken,
      body: {
        preset: "public_chat",
        initial_state: isEncrypted ? [ENCRYPTION] : [],
        power_level_content_override: { events: { "org.matrix.msc3401.call.member": 0 } },
      },
    });
    for (const { accessToken: token } of users)
      await ask(server, `join/${encodeURIComponent(roomId)}`, { token, body: {} });
    return new TestRoom(server, { roomId, isEncrypted, users });
  }

  /** A further device of the user. */
  logIn({ userId, password }: TestUser): Promise<LoginAnswer> {
    const identifier = { type: "m.id.user", user: userId };
    return ask(this.server, "login", { body: { type: "m.login.password", identifier, password } });
  }
}

async function register(server: OpenHomeserver, name: string): Promise<TestUser> {
  const password = randomUUID();
  const answer = await ask<LoginAnswer>(server, "register", {
    body: { auth: { type: "m.login.dummy" }, username: `${name}-${randomUUID().slice(0, 8)}`, password },
  });
  return { userId: answer.user_id, password, accessToken: answer.access_token, deviceId: answer.device_id };
}

async function ask<T>(
  { url, fetch }: OpenHomeserver,
  path: string,
  { body, token }: { readonly body: object; readonly token?: string },
): Promise<T> {
  const response = await fetch(`${url}/_matrix/client/v3/${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
