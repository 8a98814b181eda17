import * as z from "zod";

import type { Core } from "../Core.ts";
import { unknownToken } from "../errors.ts";
import { newToken } from "../ids.ts";
import { renewSession, type NewSession } from "../sessions.ts";
import { authSchema, proveIdentity } from "../uia.ts";
import { authenticate, CLIENT, readJson, V3, type App } from "./context.ts";

const MAX_TOKEN = 512;

const refreshSchema = z.looseObject({ refresh_token: z.string().max(MAX_TOKEN) });
const loginTokenSchema = z.looseObject({ auth: authSchema });

/** Renewal of access tokens, and tokens that log one more device in. @see Client-Server API, "Refreshing access tokens" */
export function mountTokens(app: App, core: Core): void {
  app.post(`${V3}/refresh`, (c) => {
    core.authLimit.take(c.env.remoteAddress);
    const renewed = renewSession(core, readJson(c, refreshSchema).refresh_token);
    if (!renewed) throw unknownToken();
    return c.json(describeTokens(renewed));
  });

  app.post(`${CLIENT}/v1/login/get_token`, async (c) => {
    core.authLimit.take(c.env.remoteAddress);
    const { userId } = authenticate(core, c);
    await proveIdentity(core, userId, readJson(c, loginTokenSchema).auth);
    const token = newToken(core.random);
    const expiresInMs = core.config.limits.loginTokenMs;
    core.tokens.addLogin(userId, token, core.clock.nowMs() + expiresInMs);
    return c.json({ login_token: token, expires_in_ms: expiresInMs });
  });
}

/** The tokens of a session as a client is told them. */
export function describeTokens({ accessToken, renewal }: NewSession): Record<string, unknown> {
  return {
    access_token: accessToken,
    ...(renewal && { refresh_token: renewal.refreshToken, expires_in_ms: renewal.expiresInMs }),
  };
}
