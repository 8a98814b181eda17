import {
  Emitter,
  Scope,
  computed,
  effect,
  signal,
  sleep,
  until,
  untracked,
  type Clock,
  type Logger,
  type ReadonlySignal,
} from "@conclave/kit";

import { MatrixRtcError } from "../errors.ts";
import type { RoomId } from "../ids.ts";
import type { CallIntent, RtcMember, RtcTransport, SlotDescription } from "../model.ts";
import type { MatrixFeatures, MatrixPort, RoomView } from "../ports.ts";
import type { RtcSelf, RtcSessionState } from "../sessionModel.ts";
import { LEGACY_MEMBER_TYPE, legacyMembershipContent, legacyStateKey } from "./legacyMembership.ts";
import type { MembershipState, PublishedMembership } from "./membershipModel.ts";
import { MembershipPublisher, type MembershipWriter } from "./MembershipPublisher.ts";

export interface OwnMembershipDeps {
  readonly matrix: MatrixPort;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OwnMembershipOptions {
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  readonly self: RtcSelf;
  readonly room: ReadonlySignal<RoomView | undefined>;
  readonly features?: MatrixFeatures;
}

interface Content {
  readonly transport: RtcTransport;
  readonly intent: CallIntent | undefined;
}

/** So long a leave may take before it is left to the delayed leave. */
const LEAVE_PATIENCE_MS = 2_000;

/** The own membership of a session: wanted or not, as what, and how it fares. */
export class OwnMembership {
  readonly failed: Emitter<MatrixRtcError> = new Emitter();
  readonly state: ReadonlySignal<RtcSessionState>;
  readonly isProtected: ReadonlySignal<boolean>;
  /** The last membership that the homeserver accepted. */
  readonly published: ReadonlySignal<PublishedMembership | undefined>;
  readonly #deps: OwnMembershipDeps;
  readonly #options: OwnMembershipOptions;
  readonly #lifetime: Scope;
  readonly #publisher: MembershipPublisher;
  readonly #hasGivenUp = signal(false);
  #content: Content | undefined;
  #leaving: Promise<void> | undefined;

  constructor(deps: OwnMembershipDeps, options: OwnMembershipOptions, scope: Scope) {
    this.#deps = deps;
    this.#options = options;
    // A child would end before the clean-up that needs it.
    this.#lifetime = new Scope((fault) => deps.logger.error("membership clean-up failed", { fault }));
    scope.onEnd(async () => {
      await this.leave();
      await this.#lifetime.end();
    });
    this.#publisher = new MembershipPublisher(deps, this.#writer(), this.#lifetime);
    this.state = computed(() => this.#describe(this.#publisher.state.get()));
    this.isProtected = computed(() => this.#publisher.state.get().usesDelayedLeave);
    this.published = computed(() => this.#publisher.state.get().published);
    this.#reportFailure();
    this.#watchOutages();
  }

  /** Joins or updates. @throws {MatrixRtcError} see `RtcSession.publishMembership` */
  async publish(transport: RtcTransport, intent: CallIntent | undefined): Promise<void> {
    const before = this.#content;
    this.#content = { transport, intent };
    if (!before) this.#publisher.join(await this.#features());
    else if (!isSameContent(before, this.#content)) this.#publisher.contentChanged();
    const settled = await until(this.#lifetime, this.#publisher.state, isSettled);
    if (settled.phase === "failed") throw toSessionError(settled.error);
    if (settled.wish === "out") throw new MatrixRtcError("membership_failed", "The session was left meanwhile");
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  /** Compares what the room shows with what was published. */
  noteMembers(members: readonly RtcMember[]): void {
    const { userId, deviceId } = this.#options.self;
    const own = members.find((member) => member.userId === userId && member.deviceId === deviceId);
    untracked(() => this.#publisher.ownMembershipSeen(own && { eventId: own.eventId, createdAtMs: own.joinedAtMs }));
  }

  async #leave(): Promise<void> {
    const patience = new AbortController();
    this.#publisher.leave();
    const waiting = this.#lifetime.child();
    const gone = until(waiting, this.#publisher.state, (state) => state.phase === "left" || state.phase === "failed");
    const giveUp = sleep(this.#deps.clock, LEAVE_PATIENCE_MS, patience.signal);
    await Promise.race([gone, giveUp].map((wait) => wait.then(noop, noop)));
    patience.abort();
    await waiting.end();
    this.#hasGivenUp.set(true);
  }

  async #features(): Promise<MatrixFeatures> {
    if (this.#options.features) return this.#options.features;
    try {
      return await this.#deps.matrix.readFeatures();
    } catch (error) {
      if (!(error instanceof MatrixRtcError)) throw error;
      // Scheduling finds out; a server without delayed events refuses it and the join goes on.
      this.#deps.logger.warn("features unknown, assuming delayed events", { code: error.code });
      return { delayedEvents: true, stickyEvents: false };
    }
  }

  #writer(): MembershipWriter {
    const { matrix } = this.#deps;
    const { roomId } = this.#options;
    const key = (): string => {
      const version = untracked(() => this.#options.room.get())?.roomVersion ?? "";
      return legacyStateKey(this.#options.self, this.#options.slot, version);
    };
    return {
      scheduleLeave: (delayMs) => matrix.scheduleState(roomId, LEGACY_MEMBER_TYPE, key(), {}, delayMs),
      sendMembership: (createdAtMs, expiresMs) =>
        matrix.sendState(roomId, LEGACY_MEMBER_TYPE, key(), this.#wireContent(createdAtMs, expiresMs)),
      clear: async () => void (await matrix.sendState(roomId, LEGACY_MEMBER_TYPE, key(), {})),
    };
  }

  #wireContent(createdAtMs: number | undefined, expiresMs: number): object {
    if (!this.#content) throw new MatrixRtcError("membership_failed", "Nothing has been asked to be published");
    const { roomId, slot, self } = this.#options;
    const { userId, deviceId } = self;
    return legacyMembershipContent({ roomId, slot, userId, deviceId, ...this.#content, createdAtMs, expiresMs });
  }

  #describe(state: MembershipState): RtcSessionState {
    if (state.error && state.phase === "failed") return { phase: "failed", error: toSessionError(state.error) };
    if (state.phase === "left" || this.#hasGivenUp.get()) return { phase: "left" };
    if (state.phase === "idle") return { phase: "idle" };
    if (state.wish === "out") return { phase: "leaving" };
    if (!state.hasJoined) return { phase: "joining" };
    return { phase: "joined", isProbablyLeft: state.isProbablyLeft };
  }

  #reportFailure(): void {
    let isReported = false;
    effect(this.#lifetime, () => {
      const state = this.state.get();
      if (state.phase !== "failed" || isReported) return;
      isReported = true;
      this.failed.emit(state.error);
    });
  }

  #watchOutages(): void {
    let wasSyncing = true;
    effect(this.#lifetime, () => {
      const isSyncing = this.#deps.matrix.isSyncing.get();
      if (isSyncing && !wasSyncing) untracked(() => this.#publisher.homeserverBack());
      wasSyncing = isSyncing;
    });
  }
}

function isSameContent(a: Content, b: Content): boolean {
  return (
    a.intent === b.intent && a.transport.type === b.transport.type && a.transport.serviceUrl === b.transport.serviceUrl
  );
}

function isSettled(state: MembershipState): boolean {
  if (state.phase === "failed" || state.phase === "left" || state.wish === "out") return state.phase !== "idle";
  return state.published?.version === state.wantedVersion;
}

function toSessionError(cause: MatrixRtcError | undefined): MatrixRtcError {
  if (cause?.code === "homeserver_unreachable" || cause?.code === "logged_out") return cause;
  return new MatrixRtcError("membership_failed", "The homeserver does not let this device into the call", { cause });
}

function noop(): void {}
