export { Bot, type BotOptions, until } from "./Bot.ts";
export type { ContractServer } from "./ContractServer.ts";
export { runContract } from "./runContract.ts";
export { type OwnServer, serveOwn } from "./serveOwn.ts";
export { tokenFor } from "./tokenFor.ts";
