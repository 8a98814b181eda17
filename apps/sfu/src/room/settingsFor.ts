import type { SubscriptionSettings } from "../negotiation/SubscriberPeer.ts";
import { chooseLayers } from "./layers.ts";
import type { Participant } from "./Participant.ts";
import { allowsSubscriber } from "./permissions.ts";
import type { Track } from "./Track.ts";

/** How a subscriber gets a track; undefined if it may not have it or does not want it. */
export function settingsFor(
  subscriber: Participant,
  publisher: Participant,
  track: Track,
): SubscriptionSettings | undefined {
  if (!subscriber.grant.canSubscribe || !allowsSubscriber(publisher.policy, subscriber, track.sid)) return undefined;
  const wish = subscriber.wishFor(track.sid);
  if (!(wish.isWanted ?? subscriber.client.isAutoSubscribing)) return undefined;
  const layers = track.kind === "video" ? chooseLayers(track.request.layers, wish.size) : undefined;
  return { isDisabled: wish.isDisabled, layers };
}
