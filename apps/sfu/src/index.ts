export type { Sfu, SfuConfig, SfuDeps, TappedPacket, WorkerUsage } from "./ports.ts";
export { createSfu } from "./createSfu.ts";
export { SfuError } from "./errors.ts";
export type { SfuErrorCode } from "./errors.ts";
