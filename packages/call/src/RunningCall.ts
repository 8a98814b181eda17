import type { KeyDistributor, KeyPair } from "@conclave/frame-keys";
import { computed, type ReadonlySignal, type Scope, signal, untracked, type WritableSignal } from "@conclave/kit";
import type { CallIntent, OutgoingRing, OwnForm, RoomView, RtcSession } from "@conclave/matrix-rtc";

import { leaveWhenOver } from "./callEndings.ts";
import type { CallEvents } from "./callEvents.ts";
import { type PairedMember, pairMembers } from "./callMembers.ts";
import type { CallProgress } from "./CallProgress.ts";
import { toCallStatistics } from "./callStatistics.ts";
import type { CallDeps } from "./deps.ts";
import { isSameKeys } from "./isSameKeys.ts";
import type { LocalMedia } from "./LocalMedia.ts";
import type { MediaEncryption } from "./mediaEncryption.ts";
import type {
  Call,
  CallHand,
  CallMember,
  CallState,
  CallStatistics,
  CallTrust,
  JoinOptions,
  LeaveReason,
  RosterDifference,
} from "./model.ts";
import { watchRoster } from "./roster/watchRoster.ts";
import type { SfuConnections } from "./sfu/SfuConnections.ts";
import { toCallError } from "./toCallError.ts";
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
  readonly events: CallEvents;
  readonly options: JoinOptions;
  /** Sends the membership again, with another intent. */
  readonly announce: (intent: CallIntent) => Promise<void>;
}

/** Videos that a view can have off the screen at one time. */
const MAX_HIDDEN_SIDS = 1_024;

/** A joined call: shows what is true, derived from its parts, and takes commands. */
export class RunningCall implements Call {
  readonly state: ReadonlySignal<CallState>;
  readonly members: ReadonlySignal<readonly CallMember[]>;
  readonly trust: ReadonlySignal<CallTrust>;
  readonly statistics: ReadonlySignal<CallStatistics>;
  readonly keys: ReadonlySignal<readonly KeyPair[]>;
  readonly isEncrypted: boolean;
  readonly roster: ReadonlySignal<readonly RosterDifference[]>;
  readonly isLeaveProtected: ReadonlySignal<boolean>;
  readonly clockSkewMs: ReadonlySignal<number | undefined>;
  readonly form: OwnForm;
  readonly timings: ReadonlyMap<string, number>;
  readonly hands: ReadonlySignal<readonly CallHand[]>;
  readonly reactions: ReadonlySignal<ReadonlyMap<string, string>>;
  readonly ring: ReadonlySignal<OutgoingRing | undefined>;
  readonly #handOrders: ReadonlySignal<ReadonlyMap<string, number>>;
  readonly #refused: ReadonlySignal<ReadonlySet<string>>;
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
    this.isLeaveProtected = session.isProtected;
    this.clockSkewMs = session.clockSkewMs;
    this.form = session.form;
    this.state = progress.state;
    this.timings = progress.marks;
    this.roster = watchRoster(
      {
        clock,
        self: session.self,
        members: session.members,
        present: () => sfus.present(),
        isSyncing: matrix.isSyncing,
      },
      scope,
    );
    const { hands, reactions, ring } = parts.events;
    this.hands = hands;
    this.reactions = reactions;
    this.ring = ring;
    this.#handOrders = computed(() => new Map(hands.get().map(({ memberId }, index) => [memberId, index + 1])));
    this.keys = keys?.pairs ?? signal<readonly KeyPair[]>([]);
    this.#refused = computed(
      () => new Set(this.keys.get().flatMap(({ isRefused, memberId }) => (isRefused ? [memberId] : []))),
      { equals: isSameKeys },
    );
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
    const endings = { clock, self: session.self.userId, members: session.members, ring, options: parts.options };
    leaveWhenOver(endings, (because) => void this.#leaveFor(because), scope);
  }

  raiseHand(): Promise<void> {
    return this.#parts.events.raiseHand();
  }

  lowerHand(): Promise<void> {
    return this.#parts.events.lowerHand();
  }

  react(emoji: string): Promise<void> {
    return this.#parts.events.react(emoji);
  }

  async setIntent(intent: CallIntent): Promise<void> {
    try {
      await this.#parts.announce(intent);
    } catch (fault) {
      throw toCallError(fault, "membership_failed");
    }
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
    return this.#leaveFor(undefined);
  }

  #leaveFor(because: LeaveReason | undefined): Promise<void> {
    this.#leaving ??= this.#leaveOnce(because);
    return this.#leaving;
  }

  async #leaveOnce(because: LeaveReason | undefined): Promise<void> {
    const { progress, scope, session } = this.#parts;
    // The others hear of it first: their tiles should not wait for our clean-up.
    const told = session.leave();
    progress.dispatch({ type: "leaveRequested", because });
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
      refused: this.#refused.get(),
      ghosts: new Set(this.roster.get().flatMap((entry) => (entry.kind === "ghost" ? [entry.memberId] : []))),
      handOrders: this.#handOrders.get(),
      reactions: this.reactions.get(),
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
