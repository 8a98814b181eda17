import type { Happening } from "@conclave/kit";

import type { PacketResult, SealedPacket } from "../dataPacket.ts";
import type { AesKeyBits } from "../FrameCipher.ts";
import type { FrameCodec, MediaKind, TransformReport } from "../outcome.ts";

/** What a transform is told about the track it serves. */
export interface TransformOptions {
  /** The member whose key applies: ours for senders. */
  readonly ownerId: string;
  readonly kind: MediaKind;
  /** As negotiated, if already known; the worker follows payload types otherwise. */
  readonly codec?: FrameCodec;
  /** True only if everybody in the call has said that they decrypt AV1; without it, a sender's AV1 is dropped. */
  readonly allowsAv1?: boolean;
}

/**
 * The page's handle on one frame-crypto worker. All of a call's transforms live in it.
 *
 * Policy is fixed at creation: with `required`, senders drop until they have a key and receivers decrypt or drop,
 * whatever the SFU says. `off` is for rooms without encryption and lets frames pass, counted as `passthrough`.
 */
export interface FrameCryptoHost {
  readonly policy: "required" | "off";
  readonly reported: Happening<TransformReport>;
  /** Must be called before the track can send its first frame. */
  protectSender(sender: RTCRtpSender, options: TransformOptions): void;
  /** Must be called before the receiver's first frame is decoded (in the `track` event). */
  protectReceiver(receiver: RTCRtpReceiver, options: TransformOptions): void;
  setKey(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>): void;
  /** The key index that our senders use from the next frame on. The key must have been set before. */
  useSenderKey(ownerId: string, index: number): void;
  /** Our senders drop until the next `useSenderKey`. */
  suspendSender(ownerId: string): void;
  forget(ownerId: string): void;
  /** Ends the worker; transforms stop passing frames. */
  close(): void;
}

/** What only a host with a worker of its own can do. */
export interface WorkerFrameCryptoHost extends FrameCryptoHost {
  /**
   * Installs a key for AES with that many bits. 256 only if every member of the call has said that it takes them; else
   * the same as `setKey`.
   */
  setKeyOfLength(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>, keyBits: AesKeyBits): void;
  /**
   * Installs the key that all members have from a password (1 to 1024 bytes of UTF-8), as livekit-client and Element Call
   * derive it. It has no ratchet.
   *
   * @throws {FrameCryptoError} `invalid_key`, `invalid_key_index`
   */
  setPassword(ownerId: string, index: number, password: string): void;
  /**
   * Encrypts a data packet with the sender key in use.
   *
   * @throws {FrameCryptoError} `no_sender_key`, `host_closed`, `worker_restarted`
   */
  encryptPacket(ownerId: string, plain: Uint8Array<ArrayBuffer>): Promise<SealedPacket>;
  /**
   * Decrypts a data packet of that member.
   *
   * @throws {FrameCryptoError} `host_closed`, `worker_restarted`
   */
  decryptPacket(ownerId: string, packet: SealedPacket): Promise<PacketResult>;
  /** The worker crashed, and another one has taken over all tracks and keys. Frames on their way were lost. */
  readonly restarted: Happening<void>;
  /** Does what follows a crash: for callers that see that frames no longer move. */
  restart(): void;
}
