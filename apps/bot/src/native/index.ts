export { openNativeMedia, type NativeMediaDeps } from "./openNativeMedia.ts";
export { createNativeSfu } from "./createNativeSfu.ts";
export { NativeFrameCrypto, type NativeFrameCryptoOptions } from "./NativeFrameCrypto.ts";
export { mediaPersonOf, type MediaPerson } from "../media/index.ts";
export type { BotMedia } from "../BotMedia.ts";
export type { BotSpec, MediaProfile, StreamReport } from "../model.ts";
