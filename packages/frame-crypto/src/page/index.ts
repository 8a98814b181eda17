export type { FrameCryptoHost, TransformOptions } from "./ports.ts";
