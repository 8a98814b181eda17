import type { TrackSource } from "@conclave/call";

/** What the signalling says about a track. */
export interface AnnouncedTrack {
  readonly identity: string;
  readonly source: TrackSource;
  /** Lower case; empty if it is not said. */
  readonly codec: string;
}
