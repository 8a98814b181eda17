import { SubscriptionPermissionUpdate } from "@livekit/protocol";

import type { Participant } from "./Participant.ts";
import { allowsSubscriber } from "./permissions.ts";

/** Tells a subscriber once that a publisher does not let it have a track, and once that it does again. */
export function tellPermission(subscriber: Participant, publisher: Participant, trackSid: string): void {
  const allowed = allowsSubscriber(publisher.policy, subscriber, trackSid);
  if (allowed !== subscriber.denied.has(trackSid)) return;
  if (allowed) subscriber.denied.delete(trackSid);
  else subscriber.denied.add(trackSid);
  const value = new SubscriptionPermissionUpdate({ participantSid: publisher.sid, trackSid, allowed });
  subscriber.send({ case: "subscriptionPermissionUpdate", value });
}
