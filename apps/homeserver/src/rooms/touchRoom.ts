import type { Core } from "../Core.ts";
import { wakeRoom } from "./appendEvent.ts";

/** Notes a change that members of a room see outside the timeline. */
export function touchRoom(core: Core, roomId: string): number {
  return core.db.write(() => {
    const pos = core.db.nextPosition();
    core.db.run("UPDATE rooms SET last_pos = ? WHERE room_id = ?", pos, roomId);
    wakeRoom(core, roomId);
    return pos;
  });
}
