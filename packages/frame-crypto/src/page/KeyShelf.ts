import type { AesKeyBits } from "../FrameCipher.ts";

/** Keys of one owner that a new worker gets; a rotation adds one, and older ones have retired. */
const MAX_KEYS_PER_OWNER = 16;
/** As many owners as the worker takes. */
const MAX_OWNERS = 8_000;

/** A key as it was installed. */
export type ShelvedKey = {
  readonly ownerId: string;
  readonly index: number;
} & (
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly keyBits: AesKeyBits; readonly password?: undefined }
  | { readonly password: string; readonly bytes?: undefined }
);

/** Keeps what a worker has been told of keys, for the one that takes its place if it crashes. */
export class KeyShelf {
  readonly #keys = new Map<string, Map<number, ShelvedKey>>();
  /** The index that an owner's frames are encrypted with. */
  readonly #senders = new Map<string, number>();

  /** Keeps a copy. */
  put(key: ShelvedKey): void {
    const { ownerId, index } = key;
    const keys = this.#keys.get(ownerId) ?? new Map<number, ShelvedKey>();
    if (!this.#keys.has(ownerId) && this.#keys.size >= MAX_OWNERS) return;
    this.#keys.set(ownerId, keys);
    wipe(keys.get(index));
    keys.delete(index);
    keys.set(index, key.bytes === undefined ? key : { ...key, bytes: key.bytes.slice() });
    const [oldest] = keys.keys();
    if (oldest === undefined || keys.size <= MAX_KEYS_PER_OWNER) return;
    wipe(keys.get(oldest));
    keys.delete(oldest);
  }

  use(ownerId: string, index: number): void {
    if (this.#senders.has(ownerId) || this.#senders.size < MAX_OWNERS) this.#senders.set(ownerId, index);
  }

  suspend(ownerId: string): void {
    this.#senders.delete(ownerId);
  }

  forget(ownerId: string): void {
    for (const key of this.#keys.get(ownerId)?.values() ?? []) wipe(key);
    this.#keys.delete(ownerId);
    this.#senders.delete(ownerId);
  }

  /** Oldest first, by owner: later ones follow earlier ones, as they did. */
  *keys(): Generator<ShelvedKey> {
    for (const keys of this.#keys.values()) yield* keys.values();
  }

  /** Those who send. */
  senders(): ReadonlyMap<string, number> {
    return this.#senders;
  }

  clear(): void {
    for (const ownerId of Array.from(this.#keys.keys())) this.forget(ownerId);
    this.#senders.clear();
  }
}

function wipe(key: ShelvedKey | undefined): void {
  key?.bytes?.fill(0);
}
