import type { AccessGrant, GrantSource } from "@conclave/livekit-wire";
import { type ParticipantPermission, TrackSource } from "@livekit/protocol";

const GRANT_SOURCES: Readonly<Partial<Record<TrackSource, GrantSource>>> = {
  [TrackSource.CAMERA]: "camera",
  [TrackSource.MICROPHONE]: "microphone",
  [TrackSource.SCREEN_SHARE]: "screen_share",
  [TrackSource.SCREEN_SHARE_AUDIO]: "screen_share_audio",
};

/** A grant whose permissions are those given: all of them, as the server API replaces them whole. */
export function grantWith(grant: AccessGrant, permission: ParticipantPermission): AccessGrant {
  const { canSubscribe, canPublish, canPublishData, canPublishSources, canUpdateMetadata, hidden } = permission;
  const sources = canPublishSources.flatMap((source) => GRANT_SOURCES[source] ?? []);
  return {
    ...grant,
    canSubscribe,
    canPublish,
    canPublishData,
    publishSources: canPublishSources.length === 0 ? undefined : sources,
    canUpdateOwnMetadata: canUpdateMetadata,
    isHidden: hidden,
  };
}
