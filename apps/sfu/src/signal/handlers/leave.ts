import { DisconnectReason } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** The client leaves for good. */
export function handleLeave({ room, participant }: RequestContext): void {
  room.remove(participant, DisconnectReason.CLIENT_INITIATED);
}
