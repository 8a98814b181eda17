import * as z from "zod";

import type { Core } from "../Core.ts";
import { badJson, invalidParam, MatrixError, notFound } from "../errors.ts";
import { hashToken, newToken } from "../ids.ts";
import { findNonCanonical, type JsonObject } from "../json.ts";
import { wakeRoom } from "../rooms/appendEvent.ts";
import { profileFields, propagateProfile } from "../rooms/membership.ts";
import { authenticate, jsonObject, readJson, V3, type App, type Ctx } from "./context.ts";
import { pushRules } from "./pushRules.ts";
import { ownUser } from "./sync.ts";

const OPENID_VALID_MS = 3_600_000;
const MAX_NAME_BYTES = 256;
const MAX_URL_BYTES = 1_000;

/** Account data types that have endpoints of their own. */
const RESERVED = new Set(["m.fully_read", "m.push_rules"]);

/** Profiles. @see Client-Server API, "Profiles" */
export function mountProfiles(app: App, core: Core): void {
  app.get(`${V3}/profile/:userId`, (c) => c.json(profileOf(core, c.req.param("userId"))));

  for (const field of ["displayname", "avatar_url"] as const) {
    app.get(`${V3}/profile/:userId/${field}`, (c) => {
      const value = profileOf(core, c.req.param("userId"))[field];
      return c.json(value === undefined ? {} : { [field]: value });
    });

    app.put(`${V3}/profile/:userId/${field}`, async (c) => {
      const userId = ownUser(core, c, c.req.param("userId"));
      core.sendLimit.take(userId);
      const body = readJson(c, z.looseObject({ [field]: z.string().nullish() }));
      const value = body[field];
      const maxBytes = field === "displayname" ? MAX_NAME_BYTES : MAX_URL_BYTES;
      if (typeof value === "string" && Buffer.byteLength(value) > maxBytes)
        throw invalidParam(`${field} has at most ${maxBytes} bytes`);
      core.db.write(() => {
        core.accounts.setProfile(userId, field, typeof value === "string" && value !== "" ? value : undefined);
        propagateProfile(core, userId);
      });
      return c.json({});
    });
  }
}

function profileOf(core: Core, userId: string): JsonObject {
  const account = core.accounts.find(userId);
  if (!account || account.isDeactivated) throw notFound("Unknown user");
  return profileFields(core, userId);
}

/** Account data and push rules. @see Client-Server API, "Client Config" */
export function mountAccountData(app: App, core: Core): void {
  app.get(`${V3}/user/:userId/account_data/:type`, (c) => readEntry(core, c, c.req.param()));
  app.put(`${V3}/user/:userId/account_data/:type`, (c) => writeEntry(core, c, c.req.param()));
  app.get(`${V3}/user/:userId/rooms/:roomId/account_data/:type`, (c) => readEntry(core, c, c.req.param()));
  app.put(`${V3}/user/:userId/rooms/:roomId/account_data/:type`, (c) => writeEntry(core, c, c.req.param()));

  for (const path of [`${V3}/pushrules`, `${V3}/pushrules/`]) {
    app.get(path, (c) => c.json({ global: pushRules(authenticate(core, c).userId) }));
  }
  for (const path of [`${V3}/pushrules/global`, `${V3}/pushrules/global/`]) {
    app.get(path, (c) => c.json(pushRules(authenticate(core, c).userId)));
  }
}

interface EntryPath {
  readonly userId: string;
  readonly roomId?: string;
  readonly type: string;
}

function readEntry(core: Core, c: Ctx, path: EntryPath): Response {
  const userId = ownUser(core, c, path.userId);
  const content = core.accountData.get(userId, path.roomId ?? "", path.type);
  if (!content) throw notFound("No such account data");
  return c.json(content);
}

async function writeEntry(core: Core, c: Ctx, path: EntryPath): Promise<Response> {
  const userId = ownUser(core, c, path.userId);
  core.sendLimit.take(userId);
  if (RESERVED.has(path.type)) throw new MatrixError(405, "M_BAD_JSON", `${path.type} has its own endpoint`);
  const content = readJson(c, jsonObject);
  const fault = findNonCanonical(content);
  if (fault !== undefined) throw badJson(`${fault} is not canonical JSON`);
  setAccountData(core, userId, path.roomId ?? "", { type: path.type, content });
  return c.json({});
}

/** Stores an entry and lets the user's devices know. */
export function setAccountData(
  core: Core,
  userId: string,
  roomId: string,
  entry: { readonly type: string; readonly content: JsonObject },
): void {
  core.db.write(() => {
    const pos = core.db.nextPosition();
    if (!core.accountData.set(userId, roomId, { ...entry, pos }))
      throw new MatrixError(400, "M_TOO_LARGE", "Too much account data");
    core.db.afterCommit(() => core.notifier.wake([userId]));
  });
}

/** OpenID tokens: what a service accepts as proof of a user id. @see Client-Server API, "OpenID" */
export function mountOpenId(app: App, core: Core): void {
  app.post(`${V3}/user/:userId/openid/request_token`, (c) => {
    const userId = ownUser(core, c, c.req.param("userId"));
    core.sendLimit.take(userId);
    const token = newToken(core.random);
    const nowMs = core.clock.nowMs();
    core.db.write(() => {
      core.db.run("DELETE FROM openid_tokens WHERE expires_at <= ?", nowMs);
      core.db.run(
        "INSERT INTO openid_tokens (token_hash, user_id, expires_at) VALUES (?, ?, ?)",
        hashToken(token),
        userId,
        nowMs + OPENID_VALID_MS,
      );
    });
    return c.json({
      access_token: token,
      token_type: "Bearer",
      matrix_server_name: core.config.serverName,
      expires_in: OPENID_VALID_MS / 1_000,
    });
  });

  app.get("/_matrix/federation/v1/openid/userinfo", (c) => {
    const token = c.req.query("access_token");
    if (token === undefined) throw new MatrixError(401, "M_MISSING_TOKEN", "access_token is missing");
    const userId = openIdUser(core, token);
    if (userId === undefined) throw new MatrixError(401, "M_UNKNOWN_TOKEN", "Unknown or expired token");
    return c.json({ sub: userId });
  });
}

/** Whose OpenID token this is, while it is valid. */
export function openIdUser(core: Core, token: string): string | undefined {
  return core.db.get<{ user_id: string }>(
    "SELECT user_id FROM openid_tokens WHERE token_hash = ? AND expires_at > ?",
    hashToken(token),
    core.clock.nowMs(),
  )?.user_id;
}

/** Notes a change that members of a room see outside the timeline. */
export function touchRoom(core: Core, roomId: string): number {
  return core.db.write(() => {
    const pos = core.db.nextPosition();
    core.db.run("UPDATE rooms SET last_pos = ? WHERE room_id = ?", pos, roomId);
    wakeRoom(core, roomId);
    return pos;
  });
}
