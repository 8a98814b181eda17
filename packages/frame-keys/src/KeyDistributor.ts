import {
  computed,
  effect,
  signal,
  untracked,
  type Clock,
  type Logger,
  type ReadonlySignal,
  type Scope,
  type WritableSignal,
} from "@conclave/kit";
import type { DeviceAddress, RtcMember } from "@conclave/matrix-rtc";

import { Confirmer } from "./Confirmer.ts";
import { ConfirmingPeers } from "./ConfirmingPeers.ts";
import { deviceKey } from "./deviceKey.ts";
import type { KeyPair } from "./keyPairs.ts";
import { KeyReceiver } from "./KeyReceiver.ts";
import { KeyRequests } from "./KeyRequests.ts";
import { KeySender } from "./KeySender.ts";
import type { TrustBook } from "./TrustBook.ts";
import type { KeyIndex, KeyRejection, KeySink, KeyTransport, ReceivedNote } from "./ports.ts";

export interface KeyDistributorDeps {
  readonly transport: KeyTransport;
  readonly sink: KeySink;
  readonly clock: Clock;
  /** Cryptographically strong. */
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly logger: Logger;
}

export interface KeyDistributorOptions {
  /** Names the call, the same at all its members: their keys change together. */
  readonly call: string;
  /** The own place in the session; left out of every distribution. */
  readonly self: DeviceAddress & { readonly memberId: string };
  readonly members: ReadonlySignal<readonly RtcMember[]>;
  /** The one that the transport keeps. */
  readonly trust?: TrustBook;
  /**
   * Whether anything of ours is sent. Until it is first true no key is made and nobody gets a message; from then on keys
   * are kept up for good. True unless given.
   */
  readonly isSending?: ReadonlySignal<boolean>;
  /**
   * Whether nothing of it flows now, because all of it is muted. A leave then costs no messages: frames are dropped until
   * it is false again and a new key has been handed out. False unless given.
   */
  readonly isQuiet?: ReadonlySignal<boolean>;
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
  /** Messages with an own key that the homeserver has taken, one for each device and key. */
  readonly keysSent: number;
  /** Members who could not be reached yet; tried again with backoff. */
  readonly membersWithoutKey: number;
}

/** Makes, rotates and hands out the own sender key, and puts the keys of others to use, until the scope ends. */
export interface KeyDistributor {
  readonly statistics: ReadonlySignal<KeyStatistics>;
  /** How the keys between this device and each other member stand, in the order of the members. */
  readonly pairs: ReadonlySignal<readonly KeyPair[]>;
  /**
   * Tells that frames of this member cannot be decrypted now: its key is asked for again within half a second, unless it
   * comes by itself. Call it as often as that is found to be so.
   */
  noteUndecryptable(memberId: string): void;
  /** Resolves when own frames can be encrypted, if any are sent. Never rejects. */
  readonly firstKeyReady: Promise<void>;
}

const NO_KEYS: KeyStatistics = {
  keysInstalled: 0,
  keysRejected: {
    cleartext: 0,
    wrong_device: 0,
    not_trusted: 0,
    wrong_room: 0,
    malformed: 0,
    own_echo: 0,
    not_a_member: 0,
    out_of_date: 0,
    buffer_full: 0,
  },
  ownKeyIndex: undefined,
  keysCreated: 0,
  keysSent: 0,
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
  return new Distributor(deps, options, scope);
}

class Distributor implements KeyDistributor {
  readonly statistics: WritableSignal<KeyStatistics> = signal(NO_KEYS);
  readonly pairs: ReadonlySignal<readonly KeyPair[]>;
  readonly firstKeyReady: Promise<void> = Promise.resolve();
  readonly #options: KeyDistributorOptions;
  readonly #changes = signal(0);
  readonly #peers = new ConfirmingPeers();
  readonly #confirmer: Confirmer;
  readonly #requests: KeyRequests;
  readonly #receiver: KeyReceiver;
  readonly #sender: KeySender;
  #hasSent = false;

  constructor(deps: KeyDistributorDeps, options: KeyDistributorOptions, scope: Scope) {
    const { clock, randomBytes, sink, transport } = deps;
    const crowd = (): number => untracked(() => options.members.get().length);
    this.#options = options;
    this.#confirmer = new Confirmer({ ...deps, crowd, random: () => (randomBytes(1)[0] ?? 0) / 256 });
    this.#requests = new KeyRequests({ ...deps, crowd, answers: (device) => this.#peers.has(deviceKey(device)) });
    this.#receiver = new KeyReceiver({
      sink,
      clock,
      rejected: (reason) => this.#rejected(reason),
      installed: (memberId) => this.#installed(memberId),
      holds: ({ from, note }) => note?.token !== undefined && this.#confirmer.owe(from, note.token),
    });
    const parts = { ...deps, confirmer: this.#confirmer, peers: this.#peers };
    this.#sender = new KeySender(parts, options.call, (own) => this.#count(() => own), scope);
    this.pairs = computed(() => this.#readPairs());
    transport.keyReceived.on(scope, (received) => {
      this.#receiver.receive(received);
      if (received.note) this.#noted({ from: received.from, note: received.note });
    });
    transport.noteReceived.on(scope, (received) => this.#noted(received));
    transport.keyRejected.on(scope, ({ reason }) => this.#rejected(reason));
    effect(scope, () => this.#noteMembers());
    scope.onEnd(() => this.#clear());
  }

  noteUndecryptable(memberId: string): void {
    this.#requests.noteUndecryptable(memberId);
  }

  #noteMembers(): void {
    const { isQuiet, isSending, members: listed, self } = this.#options;
    const members = listed.get();
    const quiet = isQuiet?.get() ?? false;
    this.#hasSent ||= isSending?.get() ?? true;
    untracked(() => {
      const others = members.filter((member) => !isSelf(member, self));
      this.#receiver.noteMembers(others);
      this.#requests.noteMembers(others);
      this.#sender.noteQuiet(quiet);
      if (this.#hasSent) this.#sender.noteMembers(members, self);
      this.#count(() => ({}));
    });
  }

  #noted({ from, note }: ReceivedNote): void {
    this.#sender.noteNote(from, note);
  }

  #installed(memberId: string): void {
    this.#count(({ keysInstalled }) => ({ keysInstalled: keysInstalled + 1 }));
    this.#requests.noteKey(memberId);
  }

  #rejected(reason: KeyRejection): void {
    this.#count(({ keysRejected }) => ({ keysRejected: { ...keysRejected, [reason]: keysRejected[reason] + 1 } }));
  }

  #count(change: (before: KeyStatistics) => Partial<KeyStatistics>): void {
    const before = untracked(() => this.statistics.get());
    this.statistics.set({ ...before, ...change(before) });
    this.#changes.set(untracked(() => this.#changes.get()) + 1);
  }

  #readPairs(): readonly KeyPair[] {
    this.#changes.get();
    const { members, self, trust } = this.#options;
    return untracked(() => members.get())
      .filter((member) => !isSelf(member, self))
      .map(({ userId, deviceId, memberId }) => ({
        userId,
        deviceId,
        memberId,
        trust: trust?.trustOf({ userId, deviceId }) ?? "unknown",
        isRefused: trust?.isRefused({ userId, deviceId }) ?? false,
        ours: this.#sender.stateAt({ userId, deviceId }),
        theirIndices: this.#receiver.indicesOf(memberId),
      }));
  }

  #clear(): void {
    this.#receiver.clear();
    this.#requests.clear();
    this.#confirmer.clear();
  }
}

function isSelf(member: RtcMember, self: DeviceAddress): boolean {
  return member.userId === self.userId && member.deviceId === self.deviceId;
}
