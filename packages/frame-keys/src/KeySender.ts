import type { CancelTimer, Clock, Logger, Scope } from "@conclave/kit";
import type { DeviceAddress, RtcMember } from "@conclave/matrix-rtc";

import type { Confirmer } from "./Confirmer.ts";
import type { ConfirmingPeers } from "./ConfirmingPeers.ts";
import { Allowance } from "./Allowance.ts";
import { deviceKey } from "./deviceKey.ts";
import { type OwnKeyState, ownKeyState } from "./keyPairs.ts";
import { initialKeyPlan, type Attendance, type KeyPlanState } from "./keyPlan.ts";
import { noteAsked, noteConfirmed, type Receipt } from "./noteReceipt.ts";
import { noteSendOutcome, type SendReport } from "./noteSendOutcome.ts";
import { planKeyDistribution, type KeyPlan } from "./planKeyDistribution.ts";
import type { KeyIndex, KeyNote, KeySink, KeyTransport, SenderKey } from "./ports.ts";
import { GRACE_MS } from "./rotateKeys.ts";
import { SentTokens } from "./SentTokens.ts";

export interface KeySenderDeps {
  readonly transport: Pick<KeyTransport, "send">;
  readonly sink: Pick<KeySink, "useSenderKey" | "suspendSender">;
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly logger: Logger;
  readonly confirmer: Pick<Confirmer, "tokensFor" | "confirmed">;
  readonly peers: ConfirmingPeers;
}

/** What the sender tells about itself. */
export interface OwnKeyFacts {
  readonly ownKeyIndex: KeyIndex | undefined;
  readonly keysCreated: number;
  readonly keysSent: number;
  readonly membersWithoutKey: number;
}

const KEY_BYTES = 16;
const INDEX_COUNT = 256;
const JITTER_PER_MEMBER_MS = 10;
const MAX_JITTER_MS = 500;

/** Carries out key plans: one send at a time, one timer, and the bytes that belong to the planned keys. */
export class KeySender {
  readonly #deps: KeySenderDeps;
  readonly #phaseMs: number;
  readonly #tell: (facts: OwnKeyFacts) => void;
  readonly #scope: Scope;
  readonly #bytes = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #addresses = new Map<string, DeviceAddress>();
  readonly #tokens: SentTokens;
  /** From 0 to below 1. */
  readonly #jitter: number;
  #isQuiet = false;
  readonly #requests: Allowance;
  #memberships: ReadonlyMap<string, string> = new Map();
  #own: string | undefined;
  #state: KeyPlanState = initialKeyPlan;
  #sent = 0;
  #cancelWake: CancelTimer = () => {};

  /** @param call names the call: its senders change keys together, and those of other calls at other times */
  constructor(deps: KeySenderDeps, call: string, tell: (facts: OwnKeyFacts) => void, scope: Scope) {
    this.#deps = deps;
    this.#phaseMs = phaseOf(call);
    this.#tell = tell;
    this.#scope = scope;
    this.#jitter = (deps.randomBytes(1)[0] ?? 0) / 256;
    this.#tokens = new SentTokens(deps.randomBytes);
    this.#requests = new Allowance(deps.clock, { burst: 3, refillMs: 5_000 });
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
    this.#own = deviceKey(self);
    this.#memberships = memberships;
    this.#proceed();
  }

  /** Takes in whether anything of ours flows. */
  noteQuiet(isQuiet: boolean): void {
    if (this.#isQuiet === isQuiet) return;
    this.#isQuiet = isQuiet;
    if (this.#own !== undefined) this.#proceed();
  }

  /** Takes in what another device says about keys of ours. */
  noteNote(from: DeviceAddress, { have, wantsKey }: KeyNote): void {
    const device = deviceKey(from);
    const isNew = this.#deps.peers.learn(device);
    const membership = this.#memberships.get(device);
    if (membership === undefined || !this.#state.current) return;
    const before = this.#state;
    for (const token of have) this.#noteToken({ device, membership }, token);
    if (wantsKey && this.#requests.take(device)) {
      this.#state = noteAsked(this.#state, { device, membership }, this.#nowMs());
    }
    // Notes come by the hundred: those that change nothing must not cost a plan each.
    if (isNew || this.#state !== before) this.#proceed();
  }

  /** How our key stands at a device in the slot. */
  stateAt(address: DeviceAddress): OwnKeyState {
    const device = deviceKey(address);
    return ownKeyState(this.#state, device, this.#memberships.get(device) ?? "");
  }

  #noteToken(receipt: Receipt, token: string): void {
    const sent = this.#tokens.find(token);
    if (sent?.memberships.get(receipt.device) !== receipt.membership) return;
    this.#state = noteConfirmed(this.#state, sent.generation, receipt);
    this.#deps.peers.noteDelay(sent.takenAtMs === undefined ? 0 : this.#nowMs() - sent.takenAtMs);
  }

  #attendance(): Attendance {
    const { peers } = this.#deps;
    const waitMs = peers.waitMs(this.#memberships.size);
    const others = [...this.#memberships].filter(([device]) => device !== this.#own);
    return {
      others: others.map(([device, membership]) => ({
        device,
        membership,
        confirmsWithinMs: peers.has(device) ? waitMs : undefined,
      })),
      ownMembership: this.#own === undefined ? undefined : this.#memberships.get(this.#own),
      isQuiet: this.#isQuiet,
      jitterMs: this.#jitter * Math.min(MAX_JITTER_MS, JITTER_PER_MEMBER_MS * this.#memberships.size),
    };
  }

  #proceed(): void {
    if (this.#scope.isEnded) return;
    const { clock, sink, logger } = this.#deps;
    const nowMs = this.#nowMs();
    const plan = planKeyDistribution(this.#state, this.#attendance(), nowMs);
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
    if (report.result === "answered") this.#sent += report.sent.size;
    this.#state = noteSendOutcome(this.#state, send, report, this.#nowMs());
    this.#proceed();
  }

  async #attempt(send: NonNullable<KeyPlan["send"]>): Promise<SendReport> {
    const { confirmer, logger, transport } = this.#deps;
    const recipients = send.devices.flatMap((device) => this.#addresses.get(device) ?? []);
    const memberships = new Map(send.devices.map((device) => [device, this.#memberships.get(device) ?? ""]));
    const [token, sent] = this.#tokens.begin(send.generation, memberships);
    const have = confirmer.tokensFor(recipients);
    try {
      const outcomes = await transport.send(this.#key(send.generation), recipients, { token, have, wantsKey: false });
      sent.takenAtMs = this.#nowMs();
      const reached = outcomes.filter((outcome) => outcome.result === "sent").map(({ to }) => to);
      confirmer.confirmed(reached, have);
      const refused = outcomes.filter((outcome) => outcome.result === "not_trusted").map(({ to }) => deviceKey(to));
      return { result: "answered", sent: new Set(reached.map(deviceKey)), refused: new Set(refused) };
    } catch (error) {
      logger.warn("key could not be sent", { recipients: recipients.length, error });
      return { result: "rejected", retryAfterMs: readRetryAfter(error), cause: readCode(error) };
    }
  }

  /** The time of the plan, which stands off the clock by the call's phase. */
  #nowMs(): number {
    return this.#deps.clock.nowMs() + this.#phaseMs;
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
    let membersWithoutKey = 0;
    for (const [device, membership] of this.#memberships) {
      const delivery = target?.deliveries.get(device);
      const isHeld = delivery?.membership === membership && delivery.hasKey;
      if (device !== this.#own && !isHeld) membersWithoutKey += 1;
    }
    return {
      ownKeyIndex: state.current && !state.isSuspended ? state.current.generation % INDEX_COUNT : undefined,
      keysCreated: state.lastGeneration + 1,
      keysSent: this.#sent,
      membersWithoutKey,
    };
  }
}

/** Spreads calls over the stretches in which keys change, so that a homeserver does not get those of all at once. */
function phaseOf(call: string): number {
  return Array.from(call).reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) % GRACE_MS, 0);
}

function isReferenced({ current, next, standby }: KeyPlanState, generation: number): boolean {
  return [current, next?.key, standby].some((key) => key?.generation === generation);
}

function readRetryAfter(error: unknown): number | undefined {
  const retryAfterMs = error instanceof Error && "retryAfterMs" in error ? error.retryAfterMs : undefined;
  return typeof retryAfterMs === "number" ? retryAfterMs : undefined;
}

function readCode(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "unknown";
}
