import { toHex } from "@conclave/kit";

import type { KeyIndex, KeySink, SenderKey } from "../ports.ts";

/** A sink that remembers which keys it was given, as hexadecimal. */
export class RecordingSink implements KeySink {
  /** By member, then by index. */
  readonly receiverKeys: Map<string, Map<KeyIndex, string>> = new Map();
  /** Every key that was ever in use for sending, in order; `undefined` where sending was suspended. */
  readonly senderKeys: ({ readonly index: KeyIndex; readonly key: string } | undefined)[] = [];
  readonly forgotten: string[] = [];

  get senderKey(): { readonly index: KeyIndex; readonly key: string } | undefined {
    return this.senderKeys.at(-1);
  }

  /** Whether frames of a sender with that key in use can be decrypted here. */
  canDecrypt(memberId: string, sender: RecordingSink): boolean {
    const { senderKey } = sender;
    return senderKey !== undefined && this.receiverKeys.get(memberId)?.get(senderKey.index) === senderKey.key;
  }

  setReceiverKey(memberId: string, key: SenderKey): void {
    const keys = this.receiverKeys.get(memberId) ?? new Map<KeyIndex, string>();
    this.receiverKeys.set(memberId, keys.set(key.index, toHex(key.bytes)));
  }

  useSenderKey(key: SenderKey): void {
    this.senderKeys.push({ index: key.index, key: toHex(key.bytes) });
  }

  suspendSender(): void {
    this.senderKeys.push(undefined);
  }

  forget(memberId: string): void {
    this.receiverKeys.delete(memberId);
    this.forgotten.push(memberId);
  }
}
