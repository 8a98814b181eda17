import { findClearRange, IV_BYTES, type TransformReport, TRAILER_BYTES } from "@conclave/frame-crypto";
import type { FrameCryptoHost, TransformOptions } from "@conclave/frame-crypto/page";
import type { Happening } from "@conclave/kit";

import type { BotSpec } from "../model.ts";
import { browserTypes } from "../rtc/browserTypes.ts";
import type { RtpFrame, FrameTransform as RtpTransform } from "../rtc/RtpEnd.ts";
import { codecOf } from "./rtpFrames.ts";

/** What a bot does to its own frames and keys on purpose, so that others can be seen to notice. */
export interface FrameTamper {
  /** Changes an encrypted frame on its way out; may do so in place. */
  readonly afterEncrypt?: (frame: Uint8Array<ArrayBuffer>) => Uint8Array;
  /** Encrypts with its first key whatever key it is told to use later: who has left can go on listening. */
  readonly keepFirstSenderKey?: boolean;
  /** Sends plain frames where encrypted ones were due, whatever the policy. */
  readonly sendPlain?: boolean;
  /** Sends random bytes that look like encrypted frames. */
  readonly junk?: boolean;
}

/** The bit is flipped in each frame whose number this divides. */
const FLIP_EVERY_FRAMES = 100;
/** Where the last byte of the tag is, from the end. */
const LAST_TAG_BYTE = IV_BYTES + TRAILER_BYTES + 1;

/** What the sabotage or the manners of a bot mean for its frames; `undefined` if nothing. */
export function tamperOf({ manners, sabotage }: Pick<BotSpec, "manners" | "sabotage">): FrameTamper | undefined {
  if (sabotage === "flip_bit") return { afterEncrypt: createBitFlipper() };
  if (sabotage === "rotation_off") return { keepFirstSenderKey: true };
  if (sabotage === "encryption_off") return { sendPlain: true };
  return manners === "junk_sender" ? { junk: true } : undefined;
}

/** Flips one bit of the tag in each hundredth frame. */
export function createBitFlipper(): (frame: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> {
  let count = 0;
  return (frame) => {
    count += 1;
    const at = frame.byteLength - LAST_TAG_BYTE;
    if (count % FLIP_EVERY_FRAMES === 0) frame[at] = (frame[at] ?? 0) ^ 1;
    return frame;
  };
}

/** A host that is honest but for `tamper`; what arrives is never touched. */
export class TamperedFrameCrypto implements FrameCryptoHost {
  readonly #host: FrameCryptoHost;
  readonly #tamper: FrameTamper;
  readonly #randomUint32: () => number;
  readonly #firstIndices = new Map<string, number>();

  constructor(host: FrameCryptoHost, tamper: FrameTamper, randomUint32: () => number) {
    this.#host = host;
    this.#tamper = tamper;
    this.#randomUint32 = randomUint32;
  }

  get policy(): "required" | "off" {
    return this.#host.policy;
  }

  get reported(): Happening<TransformReport> {
    return this.#host.reported;
  }

  protectSender(sender: RTCRtpSender, options: TransformOptions): void {
    this.#host.protectSender(sender, options);
    // Nothing is encrypted that could be spoiled.
    if (this.policy === "off") return;
    const end = browserTypes.fromRtcEnd(sender);
    if (end.transform !== undefined) end.transform = this.#tampered(end.transform, options);
  }

  protectReceiver(receiver: RTCRtpReceiver, options: TransformOptions): void {
    this.#host.protectReceiver(receiver, options);
  }

  setKey(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>): void {
    this.#host.setKey(ownerId, index, key);
  }

  useSenderKey(ownerId: string, index: number): void {
    const first = this.#firstIndices.get(ownerId) ?? index;
    this.#firstIndices.set(ownerId, first);
    this.#host.useSenderKey(ownerId, this.#tamper.keepFirstSenderKey === true ? first : index);
  }

  suspendSender(ownerId: string): void {
    this.#host.suspendSender(ownerId);
  }

  forget(ownerId: string): void {
    this.#host.forget(ownerId);
  }

  close(): void {
    this.#host.close();
  }

  /** What honest encryption holds back does not go out spoiled either. */
  #tampered(honest: RtpTransform, options: TransformOptions): RtpTransform {
    const { sendPlain, junk, afterEncrypt } = this.#tamper;
    return async (frame) => {
      const encrypted = await honest(frame);
      if (encrypted === undefined) return undefined;
      if (sendPlain === true) return frame.data;
      if (junk === true) this.#fillWithJunk(encrypted, frame, options);
      return afterEncrypt === undefined ? encrypted : new Uint8Array(afterEncrypt(encrypted));
    };
  }

  /** Leaves what packetisers read, and the trailer by which receivers choose a key. */
  #fillWithJunk(encrypted: Uint8Array<ArrayBuffer>, frame: RtpFrame, { kind, codec }: TransformOptions): void {
    const range = findClearRange(frame.data, { kind, codec: codecOf(kind, codec), isKeyFrame: frame.isKeyFrame });
    const end = encrypted.byteLength - TRAILER_BYTES;
    let random = this.#randomUint32();
    for (let at = range?.clearBytes ?? 0; at < end; at += 1) {
      random = at % 4 === 0 ? this.#randomUint32() : random >>> 8;
      encrypted[at] = random;
    }
  }
}
