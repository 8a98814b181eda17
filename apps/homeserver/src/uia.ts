import * as z from "zod";

import type { Core } from "./Core.ts";
import { MatrixError } from "./errors.ts";
import { newOpaqueId } from "./ids.ts";
import { verifyPassword } from "./password.ts";

/** The `auth` of a request that needs its sender to prove again who it is. */
export const authSchema = z
  .looseObject({
    type: z.string().optional(),
    session: z.string().max(255).optional(),
    password: z.string().max(512).optional(),
  })
  .nullish();

type Auth = z.output<typeof authSchema>;

/**
 * Asks for the password; of an account without one, only for the dummy stage. One stage is all there is, so the
 * session needs no memory.
 *
 * @throws {MatrixError} 401 with the flows, as user-interactive authentication has it
 */
export async function proveIdentity(core: Core, userId: string, auth: Auth): Promise<void> {
  const stored = core.accounts.find(userId)?.password;
  const stage = stored === undefined ? "m.login.dummy" : "m.login.password";
  if (auth?.type !== stage) throw challenge(core, stage, auth);
  if (stored === undefined) return;
  core.authLimit.take(userId);
  if (auth.password === undefined || !(await verifyPassword(auth.password, stored)))
    throw challenge(core, stage, auth, true);
}

function challenge(core: Core, stage: string, auth: Auth, isWrong = false): MatrixError {
  const fields = { session: auth?.session ?? newOpaqueId(core.random), flows: [{ stages: [stage] }], params: {} };
  if (isWrong) return new MatrixError(401, "M_FORBIDDEN", "Wrong password", fields);
  return new MatrixError(401, "M_FORBIDDEN", "Additional authentication required", { ...fields, completed: [] });
}
