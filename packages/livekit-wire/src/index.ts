export { MAX_TOKEN_CHARACTERS, readAccessToken } from "./accessToken.ts";
export type { AccessGrant, GrantSource } from "./claims.ts";
export { toEndReason } from "./endReason.ts";
export type { EndReason } from "./endReason.ts";
export { LivekitWireError } from "./errors.ts";
export type { LivekitWireErrorCode } from "./errors.ts";
export { identityHash2, identityHash3, legacyIdentity, livekitRoomAlias } from "./rtcIdentity.ts";
export type { HashForm } from "./rtcIdentity.ts";
