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
  type WritableSignal,
} from "@conclave/kit";

import { MatrixRtcError } from "../errors.ts";
import type { RoomId } from "../ids.ts";
import type { CallIntent, MembershipLayer, RtcMember, RtcTransport, SlotDescription } from "../model.ts";
import type { MatrixFeatures, MatrixPort, RoomView } from "../ports.ts";
import type { RtcSelf, RtcSessionState } from "../sessionModel.ts";
import { heldLeave, type HeldLeave, isSameLeave } from "./heldLeave.ts";
import type { MembershipState, PublishedMembership } from "./membershipModel.ts";
import { MembershipPublisher } from "./MembershipPublisher.ts";
import { createMembershipWriter, type MembershipContent } from "./membershipWriters.ts";

export interface OwnMembershipDeps {
  readonly matrix: MatrixPort;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OwnMembershipOptions {
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  readonly self: RtcSelf;
  readonly layer: MembershipLayer;
  readonly room: ReadonlySignal<RoomView | undefined>;
  readonly features?: MatrixFeatures;
}

/** What the room shows of a slot. */
export interface ShownSlot {
  readonly members: readonly RtcMember[];
  /** Sticky memberships do not count while it is closed. */
  readonly isClosed: boolean;
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
  readonly heldLeave: ReadonlySignal<HeldLeave | undefined>;
  readonly #deps: OwnMembershipDeps;
  readonly #options: OwnMembershipOptions;
  readonly #lifetime: Scope;
  readonly #publisher: MembershipPublisher;
  readonly #hasGivenUp = signal(false);
  readonly #endedWithSlot: WritableSignal<MatrixRtcError | undefined> = signal(undefined);
  #isSlotClosed = false;
  #content: MembershipContent | undefined;
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
    const writer = createMembershipWriter(options.layer, {
      ...options,
      matrix: deps.matrix,
      content: () => this.#wantedContent(),
    });
    this.#publisher = new MembershipPublisher(deps, writer, this.#lifetime);
    this.state = computed(() => this.#describe(this.#publisher.state.get()));
    this.isProtected = computed(() => this.#publisher.state.get().usesDelayedLeave);
    this.published = computed(() => this.#publisher.state.get().published);
    this.heldLeave = computed(() => heldLeave(this.#publisher.state.get()), { equals: isSameLeave });
    this.#reportFailure();
    this.#watchOutages();
  }

  /** Joins or updates. @throws {MatrixRtcError} see `RtcSession.publishMembership` */
  async publish(transport: RtcTransport, intent: CallIntent | undefined): Promise<void> {
    if (this.#isSlotClosed) throw closedSlot();
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
  noteSlot({ members, isClosed }: ShownSlot): void {
    this.#isSlotClosed = isClosed && this.#options.layer !== "deployed";
    if (this.#isSlotClosed) return untracked(() => this.#endWithSlot());
    const { userId, deviceId, memberId } = this.#options.self;
    // A device that crashed may still have a membership of an earlier session, with another member id.
    const own = members.find(
      (member) => member.userId === userId && member.deviceId === deviceId && member.memberId === memberId,
    );
    untracked(() => this.#publisher.ownMembershipSeen(own && { eventId: own.eventId, createdAtMs: own.joinedAtMs }));
  }

  /** Somebody closed the slot: left for good, so that opening it again does not bring the membership back. */
  #endWithSlot(): void {
    if (!this.#content || this.#leaving) return;
    this.#endedWithSlot.set(closedSlot());
    void this.leave();
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

  #wantedContent(): MembershipContent {
    if (!this.#content) throw new MatrixRtcError("membership_failed", "Nothing has been asked to be published");
    return this.#content;
  }

  #describe(state: MembershipState): RtcSessionState {
    const closed = this.#endedWithSlot.get();
    if (closed) return { phase: "failed", error: closed };
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

function isSameContent(a: MembershipContent, b: MembershipContent): boolean {
  const isSameTransport =
    a.transport.serviceUrl === b.transport.serviceUrl && a.transport.sfuUrl === b.transport.sfuUrl;
  return a.intent === b.intent && a.transport.type === b.transport.type && isSameTransport;
}

function closedSlot(): MatrixRtcError {
  const cause = new MatrixRtcError("slot_closed", "The slot of the call is closed");
  return new MatrixRtcError("membership_failed", "Nobody can be in this call now", { cause });
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
