import type { Core } from "../Core.ts";
import { slidingSyncSchema } from "../slidingSync/slidingRequest.ts";
import { slidingSync } from "../slidingSync/slidingSync.ts";
import { authenticate, CLIENT, queryInteger, readJson, type App } from "./context.ts";

/** Simplified sliding sync. @see MSC4186 */
export function mountSlidingSync(app: App, core: Core): void {
  app.post(`${CLIENT}/unstable/org.matrix.simplified_msc3575/sync`, async (c) => {
    const session = authenticate(core, c);
    const answer = await slidingSync(core, {
      session,
      pos: c.req.query("pos") || undefined,
      timeoutMs: queryInteger(c, "timeout") ?? 0,
      body: readJson(c, slidingSyncSchema),
      signal: c.req.raw.signal,
      checkSession: () => void authenticate(core, c),
    });
    return c.json(answer);
  });
}
