export type {
  DecryptCounts,
  DecryptOutcome,
  EncryptCounts,
  EncryptOutcome,
  FrameCodec,
  MediaKind,
  TransformReport,
} from "./outcome.ts";
