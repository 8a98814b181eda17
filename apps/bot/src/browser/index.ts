export { enterCall, openLobby, pressJoin } from "./adapters/enterCall.ts";
export { openBrowser, type OpenBrowserOptions, type PersonBrowser } from "./adapters/openBrowser.ts";
export type { DebugHandle } from "./adapters/page/debugHandle.ts";
export type { Observation, SeenTile } from "./adapters/page/PageObserver.ts";
export type { SeenPicture } from "./adapters/page/PictureReader.ts";
export { BrowserBot, type BrowserBotOptions } from "./BrowserBot.ts";
export type { Person } from "./devices/Person.ts";
export { openBrowserBot, type OpenBrowserBotOptions } from "./openBrowserBot.ts";
export { framesBetween } from "../media/barcode.ts";
