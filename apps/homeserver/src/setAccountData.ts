import type { Core } from "./Core.ts";
import { MatrixError } from "./errors.ts";
import type { AccountData } from "./store/AccountDataStore.ts";

/** Stores an entry and lets the user's devices know. */
export function setAccountData(core: Core, userId: string, roomId: string, entry: AccountData): void {
  core.db.write(() => {
    const pos = core.db.nextPosition();
    if (!core.accountData.set(userId, roomId, { ...entry, pos }))
      throw new MatrixError(400, "M_TOO_LARGE", "Too much account data");
    core.db.afterCommit(() => core.notifier.wake([userId]));
  });
}
