import * as z from "zod";

import type { Core } from "../Core.ts";
import { forbidden, invalidParam, MatrixError } from "../errors.ts";
import { MAX_ID_BYTES, newOpaqueId } from "../ids.ts";
import { hashPassword, verifyPassword } from "../password.ts";
import { closeSession, openSession, type NewSession } from "../sessions.ts";
import { authenticate, readJson, V3, type App, type Ctx } from "./context.ts";
import { describeTokens } from "./accountsTokens.ts";

const MAX_PASSWORD = 512;
const MAX_TOKEN = 512;

const deviceId = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[!-.0-~]+$/, "must be printable ASCII without slash")
  .refine((id) => id !== "__proto__");

const authSchema = z.looseObject({ type: z.string().optional(), session: z.string().optional() });

const registerSchema = z.looseObject({
  username: z.string().optional(),
  password: z.string().max(MAX_PASSWORD).optional(),
  device_id: deviceId.optional(),
  initial_device_display_name: z.string().max(255).optional(),
  inhibit_login: z.boolean().optional(),
  refresh_token: z.boolean().optional(),
  auth: authSchema.optional(),
});

const loginSchema = z.looseObject({
  type: z.string(),
  identifier: z.looseObject({ type: z.string(), user: z.string().optional() }).optional(),
  user: z.string().optional(),
  password: z.string().max(MAX_PASSWORD).optional(),
  token: z.string().max(MAX_TOKEN).optional(),
  device_id: deviceId.optional(),
  initial_device_display_name: z.string().max(255).optional(),
  refresh_token: z.boolean().optional(),
});

type LoginBody = z.output<typeof loginSchema>;

/** Registration, login, logout and who am I. @see Client-Server API, "Client authentication" */
export function mountAccounts(app: App, core: Core): void {
  app.post(`${V3}/register`, (c) => register(core, c));

  app.get(`${V3}/register/available`, (c) => {
    core.authLimit.take(c.env.remoteAddress);
    const id = newUserId(core, c.req.query("username") ?? "");
    if (core.accounts.find(id)) throw new MatrixError(400, "M_USER_IN_USE", "The name is taken");
    return c.json({ available: true });
  });

  app.get(`${V3}/login`, (c) =>
    c.json({ flows: [{ type: "m.login.password" }, { type: "m.login.token", get_login_token: true }] }),
  );
  app.post(`${V3}/login`, (c) => login(core, c));

  app.post(`${V3}/logout`, (c) => {
    closeSession(core, authenticate(core, c));
    return c.json({});
  });

  app.post(`${V3}/logout/all`, (c) => {
    const { userId } = authenticate(core, c);
    core.db.write(() => {
      for (const device of core.accounts.devices(userId)) closeSession(core, { userId, deviceId: device.deviceId });
    });
    return c.json({});
  });

  app.get(`${V3}/account/whoami`, (c) => {
    const { userId, deviceId } = authenticate(core, c);
    return c.json({ user_id: userId, device_id: deviceId, is_guest: false });
  });
}

/** One UIA stage that asks nothing. The session carries no state, so it is not remembered. */
async function register(core: Core, c: Ctx): Promise<Response> {
  core.authLimit.take(c.env.remoteAddress);
  if (c.req.query("kind") === "guest")
    throw new MatrixError(403, "M_GUEST_ACCESS_FORBIDDEN", "Guests register an ordinary account with m.login.dummy");
  const body = readJson(c, registerSchema);
  const userId = newUserId(core, body.username ?? newOpaqueId(core.random));
  if (core.accounts.find(userId)) throw new MatrixError(400, "M_USER_IN_USE", "The name is taken");
  if (body.auth?.type !== "m.login.dummy") {
    const session = body.auth?.session ?? newOpaqueId(core.random);
    return c.json({ session, flows: [{ stages: ["m.login.dummy"] }], params: {}, completed: [] }, 401);
  }
  const password = body.password === undefined ? undefined : await hashPassword(body.password, core.random);
  if (!core.accounts.create(userId, password, core.clock.nowMs()))
    throw new MatrixError(400, "M_USER_IN_USE", "The name is taken");
  core.logger.debug("Account registered");
  if (body.inhibit_login) return c.json({ user_id: userId, home_server: core.config.serverName });
  return c.json(describe(core, open(core, userId, body)));
}

async function login(core: Core, c: Ctx): Promise<Response> {
  core.authLimit.take(c.env.remoteAddress);
  const body = readJson(c, loginSchema);
  const userId = await whoLogsIn(core, body);
  if (core.accounts.find(userId)?.isDeactivated)
    throw new MatrixError(403, "M_USER_DEACTIVATED", "The account is deactivated");
  return c.json(describe(core, open(core, userId, body)));
}

function open(core: Core, userId: string, body: SessionWish): NewSession {
  return openSession(core, {
    userId,
    deviceId: body.device_id,
    deviceName: body.initial_device_display_name,
    isRenewable: body.refresh_token === true,
  });
}

type SessionWish = Pick<LoginBody, "device_id" | "initial_device_display_name" | "refresh_token">;

/** @throws {MatrixError} `M_FORBIDDEN` without a right password or token */
async function whoLogsIn(core: Core, body: LoginBody): Promise<string> {
  if (body.type === "m.login.token") {
    const userId = core.tokens.takeLogin(body.token ?? "", core.clock.nowMs());
    if (userId === undefined) throw forbidden("The login token is unknown, used or has ended");
    return userId;
  }
  if (body.type !== "m.login.password") throw new MatrixError(400, "M_UNKNOWN", "Unknown login type");
  const name = body.identifier?.type === "m.id.user" ? body.identifier.user : body.user;
  if (name === undefined || body.password === undefined) throw invalidParam("A user and a password are needed");
  const userId = fullUserId(core, name);
  // By account as well: many addresses must not guess one password together.
  core.authLimit.take(userId);
  const account = core.accounts.find(userId);
  const isRight = await verifyPassword(body.password, account?.password);
  if (!account || !isRight) throw forbidden("Wrong user name or password");
  if (!account.isDeactivated) core.accounts.makePermanent(userId);
  return userId;
}

function describe(core: Core, session: NewSession): Record<string, unknown> {
  return {
    user_id: session.userId,
    device_id: session.deviceId,
    home_server: core.config.serverName,
    ...describeTokens(session),
  };
}

/** @throws {MatrixError} `M_INVALID_USERNAME` */
function newUserId(core: Core, name: string): string {
  const id = `@${name.toLowerCase()}:${core.config.serverName}`;
  if (!/^[a-z0-9._=/+-]+$/i.test(name) || Buffer.byteLength(id) > MAX_ID_BYTES)
    throw new MatrixError(400, "M_INVALID_USERNAME", "Names have a-z, 0-9 and . _ = / + -");
  return id;
}

/** Names are lower-cased, as in other servers: clients make up names with capitals. */
function fullUserId(core: Core, name: string): string {
  const lower = name.toLowerCase();
  return lower.startsWith("@") && lower.includes(":") ? lower : `@${lower}:${core.config.serverName}`;
}
