export { createNodeFrameCrypto } from "./createNodeFrameCrypto.ts";
export type { BotFrameCryptoDeps } from "./createNodeFrameCrypto.ts";
export type { FrameWitness, WitnessedFrame } from "./FrameWitness.ts";
export { identityOf } from "./identityOf.ts";
export { tamperOf } from "./tamper.ts";
export type { FrameTamper } from "./tamper.ts";
