import { TrackSource } from "@livekit/protocol";
import type { AccessGrant, GrantSource } from "@conclave/livekit-wire";

/** Who may receive the tracks of one publisher, as the publisher has said. */
export interface SubscriptionPolicy {
  readonly allowsAll: boolean;
  /** By identity or sid: all tracks, or the listed ones. */
  readonly exceptions: ReadonlyMap<string, "all" | ReadonlySet<string>>;
}

/** Before a publisher says anything. */
export const openPolicy: SubscriptionPolicy = { allowsAll: true, exceptions: new Map() };

const GRANT_OF_SOURCE: Readonly<Partial<Record<TrackSource, GrantSource>>> = {
  [TrackSource.CAMERA]: "camera",
  [TrackSource.MICROPHONE]: "microphone",
  [TrackSource.SCREEN_SHARE]: "screen_share",
  [TrackSource.SCREEN_SHARE_AUDIO]: "screen_share_audio",
};

/** Whether a token allows to publish a track of that source. */
export function mayPublish(grant: AccessGrant, source: TrackSource): boolean {
  if (!grant.canPublish || !grant.publishSources) return grant.canPublish;
  const needed = GRANT_OF_SOURCE[source];
  return needed !== undefined && grant.publishSources.includes(needed);
}

/** Whether a publisher lets somebody have a track. */
export function allowsSubscriber(
  policy: SubscriptionPolicy,
  subscriber: { readonly sid: string; readonly identity: string },
  trackSid: string,
): boolean {
  if (policy.allowsAll) return true;
  const tracks = policy.exceptions.get(subscriber.identity) ?? policy.exceptions.get(subscriber.sid);
  return tracks === "all" || (tracks?.has(trackSid) ?? false);
}
