export type { Bot, BotPlace, BotReport, BotSpec, BotTier, MediaProfile, StreamReport } from "./model.ts";
export type { BotMedia } from "./BotMedia.ts";
export { BotDirectory, botName } from "./BotDirectory.ts";
export { CallBot } from "./CallBot.ts";
export type { CallBotDeps } from "./CallBot.ts";
export { createNodeFrameCrypto, importNodeMaterial } from "./crypto/index.ts";
export { openProtocolMedia } from "./protocol/openProtocolMedia.ts";
export { createProtocolSfu } from "./rtc/index.ts";
export type { SwarmReport } from "./report/index.ts";
