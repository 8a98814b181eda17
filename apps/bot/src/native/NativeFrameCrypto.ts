import type { DecryptCounts, EncryptCounts, TransformReport } from "@conclave/frame-crypto";
import type { FrameCryptoHost, TransformOptions } from "@conclave/frame-crypto/page";
import { Emitter, type Happening, Scope } from "@conclave/kit";

import { browserTypes } from "./browserTypes.ts";
import type { EndNews, NativeEnd } from "./NativeEnd.ts";

interface Owner {
  readonly keys: Map<number, Uint8Array<ArrayBuffer>>;
  readonly ends: Set<NativeEnd>;
  inUse: number | undefined;
}

export interface NativeFrameCryptoOptions {
  readonly policy: "required" | "off";
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
}

const NOTHING_SENT: EncryptCounts = {
  encrypted: 0,
  empty: 0,
  dropped_no_key: 0,
  dropped_unsupported: 0,
  dropped_fault: 0,
};
const NOTHING_RECEIVED: DecryptCounts = {
  decrypted: 0,
  empty: 0,
  missing_key: 0,
  auth_failed: 0,
  replayed: 0,
  malformed: 0,
  passthrough: 0,
};

/**
 * Hands keys to LiveKit's own frame cryptor, one per track inside the library. It never sees a frame itself.
 *
 * The library cannot forget a key, so a key that is to be forgotten is overwritten with random bytes.
 */
export class NativeFrameCrypto implements FrameCryptoHost {
  readonly policy: "required" | "off";
  readonly reported: Happening<TransformReport>;
  readonly #reported = new Emitter<TransformReport>();
  readonly #randomBytes: NativeFrameCryptoOptions["randomBytes"];
  readonly #owners = new Map<string, Owner>();
  readonly #scope = new Scope();
  #transforms = 0;

  constructor({ policy, randomBytes }: NativeFrameCryptoOptions) {
    this.policy = policy;
    this.#randomBytes = randomBytes;
    this.reported = this.#reported;
  }

  protectSender(sender: RTCRtpSender, options: TransformOptions): void {
    this.#bind(browserTypes.fromRtcEnd(sender), options);
  }

  protectReceiver(receiver: RTCRtpReceiver, options: TransformOptions): void {
    this.#bind(browserTypes.fromRtcEnd(receiver), options);
  }

  setKey(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>): void {
    const { keys, ends } = this.#owner(ownerId);
    keys.get(index)?.fill(0);
    keys.set(index, key);
    for (const end of ends) end.setKey(index, key);
  }

  useSenderKey(ownerId: string, index: number): void {
    const owner = this.#owner(ownerId);
    owner.inUse = index;
    for (const end of owner.ends) end.useKey(index);
  }

  suspendSender(ownerId: string): void {
    const owner = this.#owner(ownerId);
    owner.inUse = undefined;
    for (const end of owner.ends) end.suspend();
  }

  forget(ownerId: string): void {
    const { keys, ends } = this.#owner(ownerId);
    for (const [index, key] of keys) {
      for (const end of ends) end.setKey(index, this.#randomBytes(key.length));
      key.fill(0);
    }
    keys.clear();
  }

  close(): void {
    for (const ownerId of this.#owners.keys()) {
      this.suspendSender(ownerId);
      this.forget(ownerId);
    }
    this.#owners.clear();
    void this.#scope.end();
  }

  #bind(end: NativeEnd, { ownerId }: TransformOptions): void {
    if (this.#scope.isEnded) return;
    const { ends, inUse, keys } = this.#owner(ownerId);
    if (ends.has(end)) return;
    ends.add(end);
    const transformId = `native-${(this.#transforms += 1)}`;
    end.news.on(this.#scope, (news) => this.#report(end, news, { transformId, ownerId }));
    for (const [index, key] of keys) end.setKey(index, key);
    if (this.policy === "off") end.useKey(0);
    else if (inUse !== undefined) end.useKey(inUse);
  }

  #report(end: NativeEnd, news: EndNews, about: Pick<TransformReport, "transformId" | "ownerId">): void {
    // The scope ends its listeners a moment after it was told to.
    if (this.#scope.isEnded) return;
    const { kind, direction } = end;
    const isPlain = this.policy === "off";
    const state = isPlain && news.state === "ok" ? "plain" : news.state;
    const received = isPlain ? { passthrough: news.passed } : { decrypted: news.passed };
    const counts =
      direction === "send" ? { ...NOTHING_SENT, encrypted: news.passed } : { ...NOTHING_RECEIVED, ...received };
    this.#reported.emit({ ...about, kind, direction, counts, state });
  }

  #owner(ownerId: string): Owner {
    const known = this.#owners.get(ownerId);
    if (known) return known;
    const fresh: Owner = { keys: new Map(), ends: new Set(), inUse: undefined };
    this.#owners.set(ownerId, fresh);
    return fresh;
  }
}
