import { type Clock, Emitter, type Happening, utf8 } from "@conclave/kit";

import { checkKeyIndex } from "./checkKey.ts";
import { FrameCryptoError } from "./errors.ts";
import type { AesKeyBits, ImportMaterial } from "./FrameCipher.ts";
import { FrameKey } from "./FrameKey.ts";
import { KEY_INDEX_COUNT } from "./frameFormat.ts";
import { KnownKeys } from "./KnownKeys.ts";
import { OwnerKeys } from "./OwnerKeys.ts";

/** Owners whose keys are kept: 1,000 members with an owner for each of their tracks. More is an attack or a leak. */
export const MAX_OWNERS = 8_000;

export interface FrameKeyStoreOptions {
  readonly clock: Clock;
  /** Cryptographically strong. */
  readonly randomUint32: () => number;
  /** 1 to 256, 256 if not given. LiveKit's own default is 16. */
  readonly ringSize?: number;
  /** WebCrypto's if not given. */
  readonly importMaterial?: ImportMaterial;
}

/**
 * The keys of a call by owner and index. Equal keys stay one key with one sequence of IVs and one memory of frames, under
 * whatever owner and index they are set and however often.
 */
export class FrameKeyStore {
  readonly #options: FrameKeyStoreOptions;
  readonly #known = new KnownKeys();
  readonly #owners = new Map<string, OwnerKeys>();
  /** The last one: a call has one password. */
  #password: { readonly text: string; readonly key: Promise<FrameKey> } | undefined;
  readonly #keySet = new Emitter<void>();

  constructor(options: FrameKeyStoreOptions) {
    this.#options = options;
  }

  /**
   * Installs a key; resolves when it can be used. Frames that come before that wait for it.
   *
   * @param raw 16 to 1024 bytes; filled with zeros when done
   * @param keyBits length of the AES key that is derived: 128 if not given, 256 where all members have agreed
   * @throws {FrameCryptoError} `invalid_key`, `invalid_key_index`, `too_many_owners`
   */
  async setKey(ownerId: string, index: number, raw: Uint8Array<ArrayBuffer>, keyBits?: AesKeyBits): Promise<void> {
    checkKeyIndex(index);
    const keys = this.#owners.get(ownerId) ?? this.#add(ownerId);
    await keys.set(index, raw, keyBits);
    this.#keySet.emit();
  }

  /**
   * Installs the key that all members have from a password; resolves when it can be used. A password is derived once, for
   * however many owners.
   *
   * @throws {FrameCryptoError} `invalid_key`, `invalid_key_index`, `too_many_owners`
   */
  async setPassword(ownerId: string, index: number, password: string): Promise<void> {
    checkKeyIndex(index);
    const keys = this.#owners.get(ownerId) ?? this.#add(ownerId);
    await keys.put(index, this.#passwordKey(password));
    this.#keySet.emit();
  }

  /** A key of somebody can be used. */
  get keySet(): Happening<void> {
    return this.#keySet;
  }

  /** Encrypts frames of this owner with the key at `index` from now on; without a key there they are dropped. */
  useSenderKey(ownerId: string, index: number): void {
    checkKeyIndex(index);
    (this.#owners.get(ownerId) ?? this.#add(ownerId)).use(index);
  }

  /** Frames of this owner are dropped until the next `useSenderKey`. */
  suspendSender(ownerId: string): void {
    this.#owners.get(ownerId)?.suspend();
  }

  /** Drops all keys of an owner. */
  forget(ownerId: string): void {
    // A frame that is being encrypted at this moment must not leave either.
    this.#owners.get(ownerId)?.suspend();
    this.#owners.delete(ownerId);
  }

  /** Drops all keys. */
  forgetAll(): void {
    this.#password = undefined;
    for (const ownerId of this.#owners.keys()) this.forget(ownerId);
  }

  /** The keys of an owner, if there are any. Ask again for every frame. */
  owner(ownerId: string): OwnerKeys | undefined {
    return this.#owners.get(ownerId);
  }

  #passwordKey(password: string): Promise<FrameKey> {
    if (this.#password?.text === password) return this.#password.key;
    const share = (key: FrameKey): FrameKey => this.#known.share(key);
    const key = FrameKey.fromPassword(utf8(password), { randomUint32: this.#options.randomUint32, share });
    this.#password = { text: password, key };
    return key;
  }

  #add(ownerId: string): OwnerKeys {
    if (this.#owners.size >= MAX_OWNERS) throw new FrameCryptoError("too_many_owners", "Too many owners of keys");
    const { clock, randomUint32, importMaterial, ringSize = KEY_INDEX_COUNT } = this.#options;
    const share = (key: FrameKey): FrameKey => this.#known.share(key);
    const keys = new OwnerKeys({ clock, randomUint32, importMaterial, ringSize, share });
    this.#owners.set(ownerId, keys);
    return keys;
  }
}
