import type { Core } from "./Core.ts";
import { MatrixError } from "./errors.ts";
import { changeMembership } from "./rooms/membership.ts";
import { closeSession } from "./sessions.ts";

/** Takes an account out of every room and removes all it has; only its name stays taken. */
export function removeAccount(core: Core, userId: string): void {
  core.db.write(() => {
    core.delayed.cancelAllOf(core, userId);
    for (const { roomId, membership } of core.members.roomsOf(userId)) {
      if (membership === "leave" || membership === "ban") continue;
      try {
        changeMembership(core, { roomId, sender: userId, target: userId, membership: "leave" });
      } catch (cause) {
        if (!(cause instanceof MatrixError)) throw cause;
        core.logger.warn("Removed account stays in a room", { code: cause.code });
      }
    }
    for (const { deviceId } of core.accounts.devices(userId)) closeSession(core, { userId, deviceId });
    for (const sql of [
      "DELETE FROM cross_signing_keys WHERE user_id = ?",
      "DELETE FROM key_signatures WHERE user_id = ?",
      "DELETE FROM account_data WHERE user_id = ?",
      "DELETE FROM filters WHERE user_id = ?",
      "DELETE FROM receipts WHERE user_id = ?",
      "DELETE FROM openid_tokens WHERE user_id = ?",
      "DELETE FROM login_tokens WHERE user_id = ?",
    ]) {
      core.db.run(sql, userId);
    }
    core.accounts.deactivate(userId);
  });
}
