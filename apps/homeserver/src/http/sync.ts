import { hash } from "node:crypto";

import type { Core } from "../Core.ts";
import { invalidParam, MatrixError, notFound } from "../errors.ts";
import { canonicalJson, isObject } from "../json.ts";
import { parseFilter, type SyncFilter } from "../sync/filter.ts";
import { sync } from "../sync/sync.ts";
import { authenticate, jsonObject, ownUser, queryInteger, readJson, V3, type App, type Ctx } from "./context.ts";

/** Filters and long polling. @see Client-Server API, "Syncing" and "Filtering" */
export function mountSync(app: App, core: Core): void {
  app.post(`${V3}/user/:userId/filter`, async (c) => {
    const userId = ownUser(core, c, c.req.param("userId"));
    const filter = readJson(c, jsonObject);
    parseFilter(filter);
    const filterId = hash("sha256", canonicalJson(filter), "base64url").slice(0, 20);
    if (!core.accountData.addFilter(userId, filterId, filter))
      throw new MatrixError(400, "M_UNKNOWN", "Too many filters");
    return c.json({ filter_id: filterId });
  });

  app.get(`${V3}/user/:userId/filter/:filterId`, (c) => {
    const userId = ownUser(core, c, c.req.param("userId"));
    const filter = core.accountData.filter(userId, c.req.param("filterId"));
    if (!filter) throw notFound("Unknown filter");
    return c.json(filter);
  });

  app.get(`${V3}/sync`, async (c) => {
    const session = authenticate(core, c);
    const answer = await sync(core, {
      session,
      since: c.req.query("since") || undefined,
      timeoutMs: queryInteger(c, "timeout") ?? 0,
      filter: readFilter(core, session.userId, c.req.query("filter")),
      fullState: c.req.query("full_state") === "true",
      stateAfter: stateAfter(c),
      signal: c.req.raw.signal,
      checkSession: () => void authenticate(core, c),
    });
    return c.json(answer);
  });
}

function readFilter(core: Core, userId: string, text: string | undefined): SyncFilter {
  if (text === undefined || text === "") return {};
  if (!text.startsWith("{")) {
    const stored = core.accountData.filter(userId, text);
    if (!stored) throw invalidParam("Unknown filter");
    return parseFilter(stored);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidParam("filter is not JSON");
  }
  return parseFilter(isObject(value) ? value : undefined);
}

function stateAfter(c: Ctx): "stable" | "unstable" | undefined {
  if (c.req.query("use_state_after") === "true") return "stable";
  return c.req.query("org.matrix.msc4222.use_state_after") === "true" ? "unstable" : undefined;
}
