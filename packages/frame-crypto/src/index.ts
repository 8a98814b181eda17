export type {
  DecryptCounts,
  DecryptOutcome,
  EncryptCounts,
  EncryptOutcome,
  FrameCodec,
  MediaKind,
  TransformReport,
} from "./outcome.ts";
export { encryptFrame } from "./encryptFrame.ts";
export type { EncryptResult, OutgoingFrame } from "./encryptFrame.ts";
export { decryptFrame } from "./decryptFrame.ts";
export type { DecryptResult, IncomingFrame } from "./decryptFrame.ts";
export { findClearRange } from "./clearRanges/findClearRange.ts";
export type { ClearRange, FrameShape } from "./clearRanges/findClearRange.ts";
export { deriveFrameKey, ratchetFrameKey } from "./deriveFrameKey.ts";
export type { DerivedKey } from "./deriveFrameKey.ts";
export { FrameKeyStore } from "./FrameKeyStore.ts";
export type { FrameKeyStoreOptions } from "./FrameKeyStore.ts";
export type { OwnerKeys, SenderKeyInUse } from "./OwnerKeys.ts";
export { FrameCryptoError } from "./errors.ts";
export type { FrameCryptoErrorCode } from "./errors.ts";
