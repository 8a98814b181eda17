import type { FrameCryptoHost } from "@conclave/frame-crypto/page";
import type { SenderKey } from "@conclave/frame-keys";
import { type Logger, type ReadonlySignal, signal, type WritableSignal } from "@conclave/kit";
import type { RtcMember } from "@conclave/matrix-rtc";

import type { SharedSecret } from "./sharedSecret.ts";
import { toCallError } from "./toCallError.ts";

/** Keys of one sender that may still be named by frames under way; a rotation adds one. */
const MAX_KEYS_PER_MEMBER = 16;

/** One per remote track. Beyond this nothing more is decrypted: a call has far fewer. */
const MAX_OWNERS = 4_096;

interface Owner {
  readonly identity: string;
  memberId: string | undefined;
}

export interface ReceiverKeysDeps {
  readonly host: FrameCryptoHost;
  readonly logger: Logger;
  /** Told of a member who has a track here and has given no key. */
  readonly lacksKey: (memberId: string) => void;
  /** The key of everybody, in place of keys of members. */
  readonly shared: SharedSecret | undefined;
}

/**
 * Brings the keys of members (Matrix) to the transforms of tracks (SFU), in whatever order the two become known.
 *
 * Each track is an owner of its own in the frame crypto, so that its frames are judged alone. Until the identity of a
 * track belongs to a member, the track has no key and its frames are dropped.
 */
export class ReceiverKeys {
  /** The members of whom a key is held. */
  readonly holders: ReadonlySignal<ReadonlySet<string>>;
  readonly #holders: WritableSignal<ReadonlySet<string>> = signal(new Set());
  readonly #host: FrameCryptoHost;
  readonly #logger: Logger;
  readonly #lacksKey: (memberId: string) => void;
  readonly #shared: SharedSecret | undefined;
  readonly #keys = new Map<string, Map<number, Uint8Array<ArrayBuffer>>>();
  readonly #owners = new Map<string, Owner>();
  #members: readonly RtcMember[] = [];

  constructor({ host, lacksKey, logger, shared }: ReceiverKeysDeps) {
    this.#host = host;
    this.#lacksKey = lacksKey;
    this.#shared = shared;
    this.#logger = logger;
    this.holders = this.#holders;
  }

  setMembers(members: readonly RtcMember[]): void {
    this.#members = members;
    for (const [ownerId, owner] of this.#owners) {
      if (owner.memberId === undefined) this.#bind(ownerId, owner);
    }
  }

  /** Notes that the track of `identity` is served under `ownerId`. */
  addOwner(ownerId: string, identity: string): void {
    if (this.#owners.has(ownerId) || this.#owners.size >= MAX_OWNERS) return;
    const owner: Owner = { identity, memberId: undefined };
    this.#owners.set(ownerId, owner);
    this.#bind(ownerId, owner);
  }

  /** Whose track is served under `ownerId`; `undefined` while no member answers for it. */
  memberOf(ownerId: string): string | undefined {
    return this.#owners.get(ownerId)?.memberId;
  }

  setKey(memberId: string, key: SenderKey): void {
    const keys = this.#keysOf(memberId);
    keys.get(key.index)?.fill(0);
    keys.delete(key.index);
    keys.set(key.index, key.bytes.slice());
    const [oldest] = keys.keys();
    if (keys.size > MAX_KEYS_PER_MEMBER && oldest !== undefined) {
      keys.get(oldest)?.fill(0);
      keys.delete(oldest);
    }
    for (const [ownerId, owner] of this.#owners) {
      if (owner.memberId === memberId) this.#install(ownerId, key.index, key.bytes);
    }
  }

  forget(memberId: string): void {
    for (const bytes of this.#keys.get(memberId)?.values() ?? []) bytes.fill(0);
    if (this.#keys.delete(memberId)) this.#holders.set(new Set(this.#keys.keys()));
    for (const [ownerId, owner] of this.#owners) {
      if (owner.memberId !== memberId) continue;
      owner.memberId = undefined;
      this.#host.forget(ownerId);
    }
  }

  forgetAll(): void {
    for (const memberId of Array.from(this.#keys.keys())) this.forget(memberId);
  }

  #keysOf(memberId: string): Map<number, Uint8Array<ArrayBuffer>> {
    const known = this.#keys.get(memberId);
    if (known) return known;
    const fresh = new Map<number, Uint8Array<ArrayBuffer>>();
    this.#keys.set(memberId, fresh);
    this.#holders.set(new Set(this.#keys.keys()));
    return fresh;
  }

  #bind(ownerId: string, owner: Owner): void {
    const member = this.#members.find(({ sfuIdentities }) => sfuIdentities.includes(owner.identity));
    if (!member) return;
    owner.memberId = member.memberId;
    if (this.#shared) return this.#shared.install(ownerId);
    this.#installAll(ownerId, member.memberId);
    // Video waits long for its key before its frames count as undecryptable.
    if (!this.#keys.has(member.memberId)) this.#lacksKey(member.memberId);
  }

  #installAll(ownerId: string, memberId: string): void {
    for (const [index, bytes] of this.#keys.get(memberId) ?? []) this.#install(ownerId, index, bytes);
  }

  /** Whoever sends a key that is no key cannot be decrypted; that must not disturb the others. */
  #install(ownerId: string, index: number, bytes: Uint8Array<ArrayBuffer>): void {
    try {
      this.#host.setKey(ownerId, index, bytes.slice());
    } catch (fault) {
      this.#logger.warn("key not installed", { code: toCallError(fault, "crypto_failed").code });
    }
  }
}
