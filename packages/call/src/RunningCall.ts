import type { KeyDistributor } from "@conclave/frame-keys";
import { computed, type ReadonlySignal, type Scope, signal, untracked, type WritableSignal } from "@conclave/kit";
import type { RoomView, RtcSession } from "@conclave/matrix-rtc";

import { type PairedMember, pairMembers } from "./callMembers.ts";
import type { CallProgress } from "./CallProgress.ts";
import { toCallStatistics } from "./callStatistics.ts";
import type { CallDeps } from "./deps.ts";
import type { LocalMedia } from "./LocalMedia.ts";
import type { MediaEncryption } from "./mediaEncryption.ts";
import type { Call, CallMember, CallState, CallStatistics, CallTrust } from "./model.ts";
import type { SfuConnections } from "./sfu/SfuConnections.ts";
import { deriveTrust, isSameTrust } from "./trust.ts";
import { watchSides } from "./watchSides.ts";

/** What `joinCall` has put together. */
export interface CallParts {
  /** The call's life; everything below ends with it. */
  readonly scope: Scope;
  readonly progress: CallProgress;
  readonly room: RoomView;
  readonly session: RtcSession;
  readonly encryption: MediaEncryption;
  readonly sfus: SfuConnections;
  readonly media: LocalMedia;
  readonly keys: KeyDistributor | undefined;
}

/** Videos that a view can have off the screen at one time. */
const MAX_HIDDEN_SIDS = 1_024;

/** A joined call: shows what is true, derived from its parts, and takes commands. */
export class RunningCall implements Call {
  readonly state: ReadonlySignal<CallState>;
  readonly members: ReadonlySignal<readonly CallMember[]>;
  readonly trust: ReadonlySignal<CallTrust>;
  readonly statistics: ReadonlySignal<CallStatistics>;
  readonly isEncrypted: boolean;
  readonly timings: ReadonlyMap<string, number>;
  readonly #parts: CallParts;
  readonly #joinedAtMs: number;
  readonly #hiddenSids: WritableSignal<ReadonlySet<string>> = signal(new Set());
  #leaving: Promise<void> | undefined;

  constructor(deps: CallDeps, parts: CallParts) {
    const { clock, matrix } = deps;
    const { encryption, keys, progress, scope, session, sfus } = parts;
    this.#parts = parts;
    this.#joinedAtMs = clock.nowMs();
    this.isEncrypted = encryption.guard.isEncrypted;
    this.state = progress.state;
    this.timings = progress.marks;
    const paired = computed(() => this.#pair());
    this.members = computed(() => paired.get().map(({ member }) => member));
    this.trust = computed(
      () =>
        deriveTrust(
          this.isEncrypted,
          paired.get().map(({ rendered }) => rendered),
        ),
      { equals: isSameTrust },
    );
    this.statistics = computed(() => toCallStatistics(encryption.verdicts.totals.get(), keys?.statistics.get()));
    const { isEncrypted } = this;
    watchSides({ clock, isSyncing: matrix.isSyncing, session, sfus, isEncrypted }, progress, scope);
  }

  setMicrophone(track: MediaStreamTrack | undefined): Promise<void> {
    return this.#parts.media.set("microphone", track);
  }

  setMicrophoneMuted(isMuted: boolean): Promise<void> {
    return this.#parts.media.setMuted("microphone", isMuted);
  }

  setCamera(track: MediaStreamTrack | undefined): Promise<void> {
    return this.#parts.media.set("camera", track);
  }

  async setScreen(video: MediaStreamTrack | undefined, audio?: MediaStreamTrack): Promise<void> {
    const { media } = this.#parts;
    await Promise.all([
      media.set("screen_share", video),
      media.set("screen_share_audio", video === undefined ? undefined : audio),
    ]);
  }

  setVideoSize(sid: string, size: { readonly width: number; readonly height: number }): void {
    this.#setHidden(sid, size.width === 0 || size.height === 0);
    untracked(() => {
      for (const connection of this.#parts.sfus.all()) connection.setVideoSize(sid, size);
    });
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leaveOnce();
    return this.#leaving;
  }

  async #leaveOnce(): Promise<void> {
    const { progress, scope, session } = this.#parts;
    // The others hear of it first: their tiles should not wait for our clean-up.
    const told = session.leave();
    progress.dispatch({ type: "leaveRequested" });
    await Promise.all([told, scope.end()]);
  }

  #pair(): readonly PairedMember[] {
    const { encryption, media, room, session, sfus } = this.#parts;
    return pairMembers({
      self: session.self,
      ownDisplayName: room.joined.get(session.self.userId)?.displayName,
      ownIsSpeaking: sfus.own()?.ownIsSpeaking.get() ?? false,
      joinedAtMs: this.#joinedAtMs,
      members: session.members.get(),
      sfus: sfus.participants(),
      localTracks: media.tracks.get(),
      isEncrypted: this.isEncrypted,
      verdictOf: (identity, source) => encryption.verdictOf(identity, source),
      hasKey: (memberId) => encryption.hasKey(memberId),
      hiddenSids: this.#hiddenSids.get(),
    });
  }

  #setHidden(sid: string, isHidden: boolean): void {
    const hidden = new Set(untracked(() => this.#hiddenSids.get()));
    if (hidden.has(sid) === isHidden) return;
    if (isHidden && hidden.size < MAX_HIDDEN_SIDS) hidden.add(sid);
    else hidden.delete(sid);
    this.#hiddenSids.set(hidden);
  }
}
