import type { CancelTimer, Clock, Logger, Scope } from "@conclave/kit";
import type { DeviceAddress, RtcMember } from "@conclave/matrix-rtc";

import { initialKeyPlan, type Attendance, type KeyPlanState } from "./keyPlan.ts";
import { noteSendOutcome, type SendReport } from "./noteSendOutcome.ts";
import { planKeyDistribution, type KeyPlan } from "./planKeyDistribution.ts";
import type { KeyIndex, KeySink, KeyTransport, SenderKey } from "./ports.ts";

export interface KeySenderDeps {
  readonly transport: Pick<KeyTransport, "send">;
  readonly sink: Pick<KeySink, "useSenderKey" | "suspendSender">;
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly logger: Logger;
}

/** What the sender tells about itself. */
export interface OwnKeyFacts {
  readonly ownKeyIndex: KeyIndex | undefined;
  readonly keysCreated: number;
  readonly membersWithoutKey: number;
}

const KEY_BYTES = 16;
const INDEX_COUNT = 256;

/** Carries out key plans: one send at a time, one timer, and the bytes that belong to the planned keys. */
export class KeySender {
  readonly #deps: KeySenderDeps;
  readonly #tell: (facts: OwnKeyFacts) => void;
  readonly #scope: Scope;
  readonly #bytes = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #addresses = new Map<string, DeviceAddress>();
  #attendance: Attendance = { others: [], ownMembership: undefined };
  #state: KeyPlanState = initialKeyPlan;
  #cancelWake: CancelTimer = () => {};

  constructor(deps: KeySenderDeps, tell: (facts: OwnKeyFacts) => void, scope: Scope) {
    this.#deps = deps;
    this.#tell = tell;
    this.#scope = scope;
    scope.onEnd(() => {
      this.#cancelWake();
      this.#wipe(() => true);
    });
  }

  /** Takes in who is in the slot now. */
  noteMembers(members: readonly RtcMember[], self: DeviceAddress): void {
    this.#addresses.clear();
    const memberships = new Map<string, string>();
    for (const member of members) {
      const device = deviceKey(member);
      this.#addresses.set(device, { userId: member.userId, deviceId: member.deviceId });
      // A device with two memberships gets one key; a change of either is a new membership.
      const membership = `${member.memberId} ${member.joinedAtMs}`;
      memberships.set(device, `${memberships.get(device) ?? ""}${membership};`);
    }
    const own = deviceKey(self);
    const others = [...memberships].filter(([device]) => device !== own);
    this.#attendance = {
      others: others.map(([device, membership]) => ({ device, membership })),
      ownMembership: memberships.get(own),
    };
    this.#proceed();
  }

  #proceed(): void {
    if (this.#scope.isEnded) return;
    const { clock, sink, logger } = this.#deps;
    const nowMs = clock.nowMs();
    const plan = planKeyDistribution(this.#state, this.#attendance, nowMs);
    this.#state = plan.state;
    if (plan.suspend) {
      logger.warn("sending stopped: the new key could not be handed out in time");
      sink.suspendSender();
    }
    if (plan.use !== undefined) {
      logger.info("own key in use", { index: plan.use % INDEX_COUNT });
      sink.useSenderKey(this.#key(plan.use));
    }
    if (plan.send) void this.#send(plan.send);
    this.#wipe((generation) => !isReferenced(plan.state, generation));
    this.#cancelWake();
    if (plan.wakeAtMs !== undefined) this.#cancelWake = clock.after(plan.wakeAtMs - nowMs, () => this.#proceed());
    this.#tell(this.#facts(plan.state));
  }

  async #send(send: NonNullable<KeyPlan["send"]>): Promise<void> {
    const report = await this.#attempt(send);
    this.#state = noteSendOutcome(this.#state, send, report, this.#deps.clock.nowMs());
    this.#proceed();
  }

  async #attempt(send: NonNullable<KeyPlan["send"]>): Promise<SendReport> {
    const recipients = send.devices.flatMap((device) => this.#addresses.get(device) ?? []);
    try {
      const outcomes = await this.#deps.transport.send(this.#key(send.generation), recipients);
      const sent = outcomes.filter((outcome) => outcome.result === "sent").map((outcome) => deviceKey(outcome.to));
      return { result: "answered", sent: new Set(sent) };
    } catch (error) {
      this.#deps.logger.warn("key could not be sent", { recipients: recipients.length, error });
      return { result: "rejected", retryAfterMs: readRetryAfter(error) };
    }
  }

  /** A fresh copy: sink and transport may keep or wipe theirs. */
  #key(generation: number): SenderKey {
    const bytes = this.#bytes.get(generation) ?? this.#deps.randomBytes(KEY_BYTES);
    this.#bytes.set(generation, bytes);
    return { index: generation % INDEX_COUNT, bytes: bytes.slice() };
  }

  #wipe(isDone: (generation: number) => boolean): void {
    for (const [generation, bytes] of this.#bytes) {
      if (!isDone(generation)) continue;
      bytes.fill(0);
      this.#bytes.delete(generation);
    }
  }

  #facts(state: KeyPlanState): OwnKeyFacts {
    const target = state.next?.key ?? state.current;
    const lacking = this.#attendance.others.filter(({ device, membership }) => {
      const delivery = target?.deliveries.get(device);
      return delivery?.status !== "delivered" || delivery.membership !== membership;
    });
    return {
      ownKeyIndex: state.current && !state.isSuspended ? state.current.generation % INDEX_COUNT : undefined,
      keysCreated: state.lastGeneration + 1,
      membersWithoutKey: lacking.length,
    };
  }
}

function isReferenced({ current, next, standby }: KeyPlanState, generation: number): boolean {
  return [current, next?.key, standby].some((key) => key?.generation === generation);
}

function readRetryAfter(error: unknown): number | undefined {
  const retryAfterMs = error instanceof Error && "retryAfterMs" in error ? error.retryAfterMs : undefined;
  return typeof retryAfterMs === "number" ? retryAfterMs : undefined;
}

function deviceKey({ userId, deviceId }: DeviceAddress): string {
  return JSON.stringify([userId, deviceId]);
}
