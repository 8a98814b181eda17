export { openTarget } from "./openTarget.ts";
export { guardHost } from "./guardHost.ts";
export type { HostGuard } from "./guardHost.ts";
export { resolveHost } from "./adapters/resolveHost.ts";
export { parseAccountsFile } from "./accounts/parseAccountsFile.ts";
export type { GivenAccount } from "./accounts/parseAccountsFile.ts";
export { TargetError } from "./errors.ts";
export type { TargetErrorCode } from "./errors.ts";
export type { Leftover, RoomWish, Target, TargetDeps, TargetOptions, TargetProcess, TargetRoom } from "./model.ts";
