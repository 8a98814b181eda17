import { SessionDescription } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** The client publishes: receive first, answer, then tell the others. */
export async function handleOffer(
  { room, participant }: RequestContext,
  { sdp, id }: SessionDescription,
): Promise<void> {
  const { media } = participant;
  if (!media) return;
  const answer = await media.publisher.answer(sdp);
  participant.send({ case: "answer", value: new SessionDescription({ type: "answer", sdp: answer.sdp, id }) });
  await room.applyAnswer(participant, answer);
}
