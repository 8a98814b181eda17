import {
  computed,
  effect,
  type Clock,
  type Happening,
  type Logger,
  type ReadonlySignal,
  type Scope,
} from "@conclave/kit";

import type { MatrixRtcError } from "./errors.ts";
import type { RoomId } from "./ids.ts";
import type { RtcSelf, RtcSessionState } from "./sessionModel.ts";
import type { HeldLeave } from "./membership/heldLeave.ts";
import { OwnMembership } from "./membership/OwnMembership.ts";
import { deployedForm, type OwnForm } from "./membership/ownForm.ts";
import { notableSkew, watchServerClock } from "./membership/serverClock.ts";
import { watchMembers } from "./membership/watchMembers.ts";
import type { CallIntent, RtcMember, RtcTransport, SlotDescription } from "./model.ts";
import type { MatrixFeatures, MatrixPort } from "./ports.ts";
import { slotId } from "./slot.ts";

export interface RtcSessionDeps {
  readonly matrix: MatrixPort;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RtcSessionOptions {
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  /** As what this device goes in, by `chooseOwnForm`; as layer A has it if it is not given. */
  readonly form?: OwnForm;
  /** What the lobby has already read; without it the session asks once, when it joins. */
  readonly features?: MatrixFeatures;
}

/** One slot in one room: who is in it, and the own way in and out. */
export interface RtcSession {
  readonly slot: SlotDescription;
  readonly self: RtcSelf;
  /** As what this device goes in: which layer, and whether that is another than was asked for. */
  readonly form: OwnForm;
  /** All devices in the slot, the own one included once its membership has arrived; oldest first. */
  readonly members: ReadonlySignal<readonly RtcMember[]>;
  /** Whether media must be encrypted: the room has had an `m.room.encryption` event. */
  readonly isEncrypted: ReadonlySignal<boolean>;
  readonly state: ReadonlySignal<RtcSessionState>;
  /**
   * Whether the homeserver takes this device out of the call within seconds if it vanishes. If not, because the server has
   * no delayed events or refuses ours, the others may see it for up to five minutes after it is gone; an hour if
   * delayed events come to be refused while it is in by a sticky membership.
   */
  readonly isProtected: ReadonlySignal<boolean>;
  /** The delayed leave that protects this device now, to be handed to a token service (MSC4195, delegation). */
  readonly heldLeave: ReadonlySignal<HeldLeave | undefined>;
  /**
   * How far this computer's clock is ahead (+) or behind (-) of the homeserver's, in ms, by the stamp of the own membership:
   * `undefined` until one has come back, and unless it is more than a minute. The session itself does not mind.
   */
  readonly clockSkewMs: ReadonlySignal<number | undefined>;
  /** The membership could not be kept up; the session is over. */
  readonly failed: Happening<MatrixRtcError>;
  /** Membership events that were malformed and left out of `members`. */
  readonly ignoredEvents: ReadonlySignal<number>;
  /**
   * Joins, or updates transport and intent of a joined session. Resolves when the homeserver has the membership, which
   * is then kept alive until `leave()` or the end of the scope.
   *
   * @throws {MatrixRtcError} `membership_failed` (with `cause`; `slot_closed` in layers B and C), `homeserver_unreachable`, `logged_out`
   */
  publishMembership(transport: RtcTransport, intent?: CallIntent): Promise<void>;
  /** Leaves. Idempotent, never rejects, and gives up after a short while: the delayed leave does the rest. */
  leave(): Promise<void>;
}

/**
 * Opens a session: `members` is live at once. The end of the scope leaves.
 *
 * @throws {MatrixRtcError} `slot_invalid` if a part of the slot contains `#` or is empty
 */
export function openRtcSession(deps: RtcSessionDeps, options: RtcSessionOptions, scope: Scope): RtcSession {
  slotId(options.slot);
  const { userId, deviceId } = deps.matrix.self;
  const { form = deployedForm(deps.matrix.self) } = options;
  const self = { userId, deviceId, memberId: form.memberId };
  const room = deps.matrix.watchRoom(options.roomId, scope);
  const own = new OwnMembership(deps, { ...options, self, layer: form.layer, room }, scope);
  const serverOffsetMs = watchServerClock({ room, sent: own.published }, scope);
  const list = watchMembers({ clock: deps.clock, room, serverOffsetMs }, options.slot, scope);
  effect(scope, () => own.noteSlot(list.get()));
  return {
    slot: options.slot,
    self,
    form,
    members: computed(() => list.get().members),
    isEncrypted: computed(() => room.get()?.isEncrypted ?? false),
    state: own.state,
    isProtected: own.isProtected,
    heldLeave: own.heldLeave,
    clockSkewMs: notableSkew(serverOffsetMs),
    failed: own.failed,
    ignoredEvents: computed(() => list.get().ignoredEvents),
    publishMembership: (transport, intent) => own.publish(transport, intent),
    leave: () => own.leave(),
  };
}
