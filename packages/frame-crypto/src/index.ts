export type {
  DecryptCounts,
  DecryptOutcome,
  EncryptCounts,
  EncryptOutcome,
  FrameAlarm,
  FrameCodec,
  MediaKind,
  TransformReport,
} from "./outcome.ts";
export { encryptFrame } from "./encryptFrame.ts";
export type { EncryptResult, OutgoingFrame } from "./encryptFrame.ts";
export { decryptFrame } from "./decryptFrame.ts";
export type { DecryptResult, IncomingFrame } from "./decryptFrame.ts";
export { decryptPacket, encryptPacket } from "./dataPacket.ts";
export type { PacketResult, SealedPacket } from "./dataPacket.ts";
export { findClearRange } from "./clearRanges/findClearRange.ts";
export type { ClearRange, FrameShape } from "./clearRanges/findClearRange.ts";
export { deriveFrameKey, ratchetFrameKey } from "./deriveFrameKey.ts";
export type { DerivationOptions, DerivedKey } from "./deriveFrameKey.ts";
export { checkCommitment, commitToKey } from "./keyCommitment.ts";
export type { CommitmentVerdict, KeyCommitment } from "./keyCommitment.ts";
export { importSubtleMaterial } from "./subtleMaterial.ts";
export type {
  AesKeyBits,
  CipherOutput,
  Derivation,
  FrameCipher,
  ImportMaterial,
  KeyMaterial,
  MaybePromise,
} from "./FrameCipher.ts";
export { checkKeyIndex, checkRawKey } from "./checkKey.ts";
export { AES_KEY_BITS, IV_BYTES, OVERHEAD_BYTES, TAG_BYTES, TRAILER_BYTES } from "./frameFormat.ts";
export { FrameKeyStore } from "./FrameKeyStore.ts";
export type { FrameKeyStoreOptions } from "./FrameKeyStore.ts";
export type { OwnerKeys, SenderKeyInUse } from "./OwnerKeys.ts";
export { TransformSet } from "./transform/TransformSet.ts";
export type { TransformSetDeps } from "./transform/TransformSet.ts";
export type { FrameReader, FrameTransform, KeyFrameSource, TransformResult } from "./transform/FrameTransform.ts";
export { encodedFrames, passFrame } from "./worker/pipeFrames.ts";
export type { TransformSetup } from "./transform/TransformSetup.ts";
export { NO_ENCRYPT_COUNTS } from "./stats.ts";
export { FrameCryptoError } from "./errors.ts";
export type { FrameCryptoErrorCode } from "./errors.ts";
