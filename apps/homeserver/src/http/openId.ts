import type { Core } from "../Core.ts";
import { MatrixError } from "../errors.ts";
import { hashToken, newToken } from "../ids.ts";
import { ownUser, V3, type App } from "./context.ts";

const OPENID_VALID_MS = 3_600_000;

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
