import type {
  DecryptCounts,
  DecryptOutcome,
  EncryptCounts,
  EncryptOutcome,
  TransformReport,
} from "@conclave/frame-crypto";
import type { FrameCryptoHost, TransformOptions } from "@conclave/frame-crypto/page";
import { Emitter, type Happening, toHex, utf8 } from "@conclave/kit";

import type { FakeFrame, FakeRtpEnd } from "./fakeTracks.ts";

interface OwnerKeys {
  readonly keys: Map<number, string>;
  inUse: number | undefined;
}

/**
 * A frame crypto that encrypts nothing but keeps all the rules: senders drop until they have a key, receivers decrypt or
 * drop. A frame shows the key that it was "encrypted" with, so that tests can see who could read it.
 */
export class FakeFrameCrypto implements FrameCryptoHost {
  readonly policy: "required" | "off";
  isClosed = false;
  readonly #owners = new Map<string, OwnerKeys>();
  readonly #reported = new Emitter<TransformReport>();
  #transforms = 0;

  constructor(policy: "required" | "off") {
    this.policy = policy;
  }

  get reported(): Happening<TransformReport> {
    return this.#reported;
  }

  /** Owners that have a key. */
  get keyedOwners(): readonly string[] {
    return [...this.#owners].filter(([, { keys }]) => keys.size > 0).map(([ownerId]) => ownerId);
  }

  protectSender(sender: RTCRtpSender, options: TransformOptions): void {
    const end = sender as unknown as FakeRtpEnd;
    const { note } = this.#transform("send", options);
    end.transformFrame = (frame) => {
      if (this.isClosed) return undefined;
      if (this.policy === "off") return note("encrypted", "plain", frame);
      const { keys, inUse } = this.#owner(options.ownerId);
      const hex = inUse === undefined ? undefined : keys.get(inUse);
      if (inUse === undefined || hex === undefined) return note("dropped_no_key", "no_key", undefined);
      return note("encrypted", "ok", { payload: frame.payload, key: { index: inUse, hex } });
    };
  }

  protectReceiver(receiver: RTCRtpReceiver, options: TransformOptions): void {
    const end = receiver as unknown as FakeRtpEnd;
    const { note } = this.#transform("receive", options);
    end.transformFrame = (frame) => {
      if (this.isClosed) return undefined;
      if (this.policy === "off") return note("passthrough", "plain", frame);
      if (!frame.key) return note("auth_failed", "auth_failed", undefined);
      const hex = this.#owner(options.ownerId).keys.get(frame.key.index);
      if (hex === undefined) return note("missing_key", "no_key", undefined);
      if (hex !== frame.key.hex) return note("auth_failed", "auth_failed", undefined);
      return note("decrypted", "ok", { payload: frame.payload });
    };
  }

  setKey(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>): void {
    this.#owner(ownerId).keys.set(index, toHex(key));
  }

  setPassword(ownerId: string, index: number, password: string): void {
    this.#owner(ownerId).keys.set(index, toHex(utf8(password)));
  }

  useSenderKey(ownerId: string, index: number): void {
    this.#owner(ownerId).inUse = index;
  }

  suspendSender(ownerId: string): void {
    this.#owner(ownerId).inUse = undefined;
  }

  forget(ownerId: string): void {
    this.#owners.delete(ownerId);
  }

  close(): void {
    this.isClosed = true;
  }

  #owner(ownerId: string): OwnerKeys {
    const known = this.#owners.get(ownerId) ?? { keys: new Map<number, string>(), inUse: undefined };
    this.#owners.set(ownerId, known);
    return known;
  }

  #transform(
    direction: "send" | "receive",
    { ownerId, kind }: TransformOptions,
  ): {
    note: (outcome: Outcome, state: TransformReport["state"], frame: FakeFrame | undefined) => FakeFrame | undefined;
  } {
    const transformId = `${direction}-${(this.#transforms += 1)}`;
    const counts: Record<string, number> = {};
    return {
      note: (outcome, state, frame) => {
        counts[outcome] = (counts[outcome] ?? 0) + 1;
        const snapshot = { ...counts } as unknown as EncryptCounts | DecryptCounts;
        this.#reported.emit({ transformId, ownerId, kind, direction, counts: snapshot, state });
        return frame;
      },
    };
  }
}

type Outcome = EncryptOutcome | DecryptOutcome;
