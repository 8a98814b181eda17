export { createHomeserver } from "./createHomeserver.ts";
export type { Homeserver, HomeserverConfig, HomeserverDeps } from "./Homeserver.ts";
export type { HomeserverLimits } from "./config.ts";
