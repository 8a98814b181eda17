export { createFrameCryptoHost } from "./FrameCryptoHost.ts";
export type { FrameCryptoHostDeps } from "./FrameCryptoHost.ts";
export type { TransformMechanism } from "./attachTransform.ts";
export type { FrameCryptoHost, TransformOptions, WorkerFrameCryptoHost } from "./ports.ts";
