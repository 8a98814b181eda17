import type { SessionDescription } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** The client has taken our offer. */
export function handleAnswer({ participant }: RequestContext, { sdp, id }: SessionDescription): void {
  participant.media?.subscriber.answer(sdp, id);
}
