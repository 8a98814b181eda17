import type { SfuParticipant, SfuPublication } from "@conclave/call";
import {
  ConnectionQuality,
  type ConnectionQualityInfo,
  type ParticipantInfo,
  ParticipantInfo_State,
  type SpeakerInfo,
} from "@livekit/protocol";

import type { AnnouncedTrack } from "./AnnouncedTrack.ts";
import { tryFromLivekitSource } from "./sources.ts";

/** More participants or tracks of one than this are not kept. */
const MAX_PARTICIPANTS = 2_048;
const MAX_TRACKS_EACH = 64;

interface Entry {
  info: ParticipantInfo;
  isSpeaking: boolean;
  audioLevel: number;
  quality: SfuParticipant["quality"];
  /** Made when it is asked for, and kept until something changes. */
  view: SfuParticipant | undefined;
}

const QUALITIES: Readonly<Record<ConnectionQuality, SfuParticipant["quality"]>> = {
  [ConnectionQuality.POOR]: "poor",
  [ConnectionQuality.GOOD]: "good",
  [ConnectionQuality.EXCELLENT]: "excellent",
  [ConnectionQuality.LOST]: "lost",
};

/** The other participants, as the signalling tells of them. @see livekit.md 1.10 (states, versions), 2.11 */
export class ParticipantBook {
  readonly #ownSid: string;
  readonly #entries = new Map<string, Entry>();
  #ownIsSpeaking = false;

  constructor(ownSid: string) {
    this.#ownSid = ownSid;
  }

  get ownIsSpeaking(): boolean {
    return this.#ownIsSpeaking;
  }

  update(infos: readonly ParticipantInfo[]): void {
    for (const info of infos) if (info.sid !== this.#ownSid) this.#updateOne(info);
  }

  setSpeakers(speakers: readonly SpeakerInfo[]): void {
    for (const { sid, active, level } of speakers) {
      if (sid === this.#ownSid) this.#ownIsSpeaking = active;
      this.#change(sid, { isSpeaking: active, audioLevel: active ? level : 0 });
    }
  }

  setQualities(updates: readonly ConnectionQualityInfo[]): void {
    const bySid = new Map(updates.map(({ participantSid, quality }) => [participantSid, QUALITIES[quality]]));
    for (const entry of this.#entries.values()) {
      const quality = bySid.get(entry.info.sid) ?? entry.quality;
      if (quality !== entry.quality) Object.assign(entry, { quality, view: undefined });
    }
  }

  /** Whose track it is, and what; `undefined` until it is announced. */
  findTrack(trackSid: string): AnnouncedTrack | undefined {
    for (const { info } of this.#entries.values()) {
      const track = info.tracks.find(({ sid }) => sid === trackSid);
      const source = track && tryFromLivekitSource(track.source);
      if (track && source) return { identity: info.identity, source, codec: codecOf(track.mimeType) };
    }
    return undefined;
  }

  /** A track's view has to be made again, as its `MediaStreamTrack` has come or gone. */
  touch(trackSid: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.info.tracks.some(({ sid }) => sid === trackSid)) entry.view = undefined;
    }
  }

  /** Parts that have not changed are the same objects as before. */
  view(trackOf: (trackSid: string) => MediaStreamTrack | undefined): readonly SfuParticipant[] {
    return Array.from(this.#entries.values(), (entry) => (entry.view ??= viewOf(entry, trackOf)));
  }

  #updateOne(info: ParticipantInfo): void {
    const known = this.#entries.get(info.identity);
    if (info.state === ParticipantInfo_State.DISCONNECTED) {
      if (known?.info.sid === info.sid) this.#entries.delete(info.identity);
      return;
    }
    if (known?.info.sid === info.sid) {
      if (info.version >= known.info.version) Object.assign(known, { info, view: undefined });
      return;
    }
    if (!known && this.#entries.size >= MAX_PARTICIPANTS) return;
    const fresh: Entry = { info, isSpeaking: false, audioLevel: 0, quality: "unknown", view: undefined };
    this.#entries.set(info.identity, fresh);
  }

  #change(sid: string, change: Pick<Entry, "isSpeaking" | "audioLevel">): void {
    for (const entry of this.#entries.values()) {
      if (entry.info.sid === sid) Object.assign(entry, change, { view: undefined });
    }
  }
}

function viewOf(entry: Entry, trackOf: (trackSid: string) => MediaStreamTrack | undefined): SfuParticipant {
  const { info, isSpeaking, audioLevel, quality } = entry;
  const publications = info.tracks.slice(0, MAX_TRACKS_EACH).flatMap((track): SfuPublication[] => {
    const { sid, muted: isMuted, width, height } = track;
    const source = tryFromLivekitSource(track.source);
    if (!source) return [];
    const size = width > 0 && height > 0 ? { size: { width, height } } : {};
    return [{ sid, source, isMuted, track: trackOf(sid), ...size }];
  });
  return { identity: info.identity, publications, isSpeaking, audioLevel, quality };
}

/** `video/VP8` → `vp8`. */
function codecOf(mimeType: string): string {
  return mimeType.split("/")[1]?.toLowerCase() ?? "";
}
