import type { Core } from "../Core.ts";
import { badJson, MatrixError, notFound } from "../errors.ts";
import { findNonCanonical } from "../json.ts";
import { setAccountData } from "../setAccountData.ts";
import { authenticate, jsonObject, ownUser, readJson, V3, type App, type Ctx } from "./context.ts";
import { pushRules } from "./pushRules.ts";

/** Account data types that have endpoints of their own. */
const RESERVED = new Set(["m.fully_read", "m.push_rules"]);

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
