import type { TrackGuard } from "@conclave/call";

import type { WireCount } from "../sfu/WireCount.ts";
import type { AnnouncedTrack } from "./AnnouncedTrack.ts";
import { RemoteTrack } from "./RemoteTrack.ts";
import type { ReceivedTrack, RtcObserver } from "./RtcObserver.ts";
import { tryReadRtp } from "./rtp/rtpHeader.ts";
import type { SdpSection } from "./sdp/sections.ts";

export interface ReceivedTracksDeps {
  readonly guard: TrackGuard;
  readonly observer: RtcObserver;
  readonly wire: WireCount;
  readonly findTrack: (trackSid: string) => AnnouncedTrack | undefined;
}

/** Tracks that are gone and whose counters can still be read. */
const MAX_GONE = 1_024;
const CODECS: ReadonlySet<string> = new Set(["opus", "vp8"]);

interface Route {
  readonly track: RemoteTrack;
  /** Others (RTX, comfort noise) are not read. */
  readonly payloadTypes: ReadonlySet<number>;
}

/** The tracks that the SFU sends us: which packets belong to which, and to whom. */
export class ReceivedTracks {
  readonly #deps: ReceivedTracksDeps;
  readonly #tracks = new Map<string, RemoteTrack>();
  readonly #gone: RemoteTrack[] = [];
  #routes = new Map<number, Route>();

  constructor(deps: ReceivedTracksDeps) {
    this.#deps = deps;
  }

  /**
   * Follows an offer, before it is answered: nothing flows before that.
   *
   * @returns sids of the tracks that have come or gone
   */
  follow(sections: readonly SdpSection[], midToTrackId: Readonly<Record<string, string>>): string[] {
    const routes = new Map<number, Route>();
    const present = new Set<string>();
    const changed: string[] = [];
    for (const section of sections) {
      const sid = trackSidOf(section, midToTrackId);
      if (!section.isSending || sid === "") continue;
      present.add(sid);
      if (!this.#tracks.has(sid)) changed.push(sid);
      const track = this.#trackOf(sid, section.kind === "audio" ? "audio" : "video");
      const payloadTypes = new Set([...section.codecs].filter(([, name]) => CODECS.has(name)).map(([type]) => type));
      for (const ssrc of section.ssrcs) routes.set(ssrc, { track, payloadTypes });
    }
    this.#routes = routes;
    for (const sid of this.#tracks.keys()) {
      if (present.has(sid)) continue;
      changed.push(sid);
      this.#end(sid);
    }
    return [...changed, ...this.identify()];
  }

  /** Hands tracks to the guard whose owners have become known. @returns their sids */
  identify(): string[] {
    const found: string[] = [];
    for (const track of this.#tracks.values()) {
      const owner = track.isOwned ? undefined : this.#deps.findTrack(track.sid);
      if (!owner) continue;
      track.own(owner, this.#deps.guard);
      found.push(track.sid);
    }
    return found;
  }

  /** Takes whatever the transport delivers. Never throws. */
  receive(packet: Buffer, nowMs: number): void {
    this.#deps.wire.noteReceived(packet.length);
    const header = tryReadRtp(packet);
    if (!header) return;
    const route = this.#routes.get(header.ssrc);
    if (route?.payloadTypes.has(header.payloadType)) route.track.receive(packet, header, nowMs);
  }

  mediaStreamTrack(sid: string): MediaStreamTrack | undefined {
    return this.#tracks.get(sid)?.mediaStreamTrack;
  }

  read(): readonly ReceivedTrack[] {
    return [...this.#gone, ...this.#tracks.values()].map((track) => track.read()).filter((read) => read !== undefined);
  }

  end(): void {
    this.#routes.clear();
    for (const sid of this.#tracks.keys()) this.#end(sid);
  }

  #trackOf(sid: string, kind: "audio" | "video"): RemoteTrack {
    const track = this.#tracks.get(sid) ?? new RemoteTrack(sid, kind, this.#deps.observer);
    this.#tracks.set(sid, track);
    return track;
  }

  #end(sid: string): void {
    const track = this.#tracks.get(sid);
    if (!track) return;
    track.end();
    this.#tracks.delete(sid);
    this.#gone.push(track);
    if (this.#gone.length > MAX_GONE) this.#gone.shift();
  }
}

/** LiveKit names the track in three places, not all of them always. @see livekit.md 2.5 */
function trackSidOf({ mid, streamId, trackId }: SdpSection, midToTrackId: Readonly<Record<string, string>>): string {
  const inStream = streamId.split("|")[1] ?? "";
  return midToTrackId[mid] ?? (inStream.startsWith("TR") ? inStream : trackId);
}
