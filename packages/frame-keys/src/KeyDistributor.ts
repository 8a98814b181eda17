import { effect, signal, untracked, type Clock, type Logger, type ReadonlySignal, type Scope } from "@conclave/kit";
import type { DeviceAddress, RtcMember } from "@conclave/matrix-rtc";

import { KeyReceiver } from "./KeyReceiver.ts";
import { KeySender } from "./KeySender.ts";
import type { KeyIndex, KeyRejection, KeySink, KeyTransport } from "./ports.ts";

export interface KeyDistributorDeps {
  readonly transport: KeyTransport;
  readonly sink: KeySink;
  readonly clock: Clock;
  /** Cryptographically strong. */
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly logger: Logger;
}

export interface KeyDistributorOptions {
  /** The own place in the session; left out of every distribution. */
  readonly self: DeviceAddress & { readonly memberId: string };
  readonly members: ReadonlySignal<readonly RtcMember[]>;
  /**
   * Whether anything of ours is sent. Until it is first true no key is made and nobody gets a message; from then on keys
   * are kept up for good. True unless given.
   */
  readonly isSending?: ReadonlySignal<boolean>;
}

/** Counters for diagnostics and tests. No key material. */
export interface KeyStatistics {
  /** Keys of others handed to the sink. */
  readonly keysInstalled: number;
  readonly keysRejected: Readonly<Record<KeyRejection, number>>;
  /** The index that own frames carry; `undefined` before the first key and while sending is suspended. */
  readonly ownKeyIndex: KeyIndex | undefined;
  /** Own keys made so far. */
  readonly keysCreated: number;
  /** Members who could not be reached yet; tried again with backoff. */
  readonly membersWithoutKey: number;
}

/** Makes, rotates and hands out the own sender key, and puts the keys of others to use, until the scope ends. */
export interface KeyDistributor {
  readonly statistics: ReadonlySignal<KeyStatistics>;
  /** Resolves when own frames can be encrypted, if any are sent. Never rejects. */
  readonly firstKeyReady: Promise<void>;
}

const NO_KEYS: KeyStatistics = {
  keysInstalled: 0,
  keysRejected: {
    cleartext: 0,
    wrong_device: 0,
    wrong_room: 0,
    malformed: 0,
    own_echo: 0,
    not_a_member: 0,
    out_of_date: 0,
    buffer_full: 0,
  },
  ownKeyIndex: undefined,
  keysCreated: 0,
  membersWithoutKey: 0,
};

/**
 * Starts distributing: the first own key is in use when this returns, or, for one who only listens, when it begins to
 * send. Listeners cost the others nothing: keys per change are senders times members, not members squared.
 *
 * Create it, and its transport, before publishing the membership: the others answer a member event with their keys, and
 * keys that arrive before anybody listens are lost. Keys that are sent ahead of the own member event wait at the
 * receivers until it arrives.
 */
export function createKeyDistributor(
  deps: KeyDistributorDeps,
  options: KeyDistributorOptions,
  scope: Scope,
): KeyDistributor {
  const statistics = signal<KeyStatistics>(NO_KEYS);
  const count = (change: (before: KeyStatistics) => Partial<KeyStatistics>): void => {
    const before = untracked(() => statistics.get());
    statistics.set({ ...before, ...change(before) });
  };
  const rejected = (reason: KeyRejection): void =>
    count(({ keysRejected }) => ({ keysRejected: { ...keysRejected, [reason]: keysRejected[reason] + 1 } }));
  const installed = (): void => count(({ keysInstalled }) => ({ keysInstalled: keysInstalled + 1 }));
  const receiver = new KeyReceiver({ sink: deps.sink, clock: deps.clock, rejected, installed });
  const sender = new KeySender(deps, (own) => count(() => own), scope);
  deps.transport.keyReceived.on(scope, (received) => receiver.receive(received));
  deps.transport.keyRejected.on(scope, ({ reason }) => rejected(reason));
  let hasSent = false;
  effect(scope, () => {
    const members = options.members.get();
    hasSent ||= options.isSending?.get() ?? true;
    untracked(() => {
      receiver.noteMembers(members.filter((member) => !isSelf(member, options.self)));
      if (hasSent) sender.noteMembers(members, options.self);
    });
  });
  scope.onEnd(() => receiver.clear());
  return { statistics, firstKeyReady: Promise.resolve() };
}

function isSelf(member: RtcMember, self: DeviceAddress): boolean {
  return member.userId === self.userId && member.deviceId === self.deviceId;
}
