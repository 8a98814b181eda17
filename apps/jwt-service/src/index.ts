export { callInProcess } from "./adapters/callInProcess.ts";
export { delayedEventsOverHttp } from "./adapters/delayedEventsOverHttp.ts";
export { fileJobStore } from "./adapters/fileJobStore.ts";
export { sfuOverTwirp } from "./adapters/sfuOverTwirp.ts";
export { createJwtService } from "./createJwtService.ts";
export { JwtServiceError } from "./errors.ts";
export type { JwtServiceErrorCode } from "./errors.ts";
export { accessOf, decideGrant } from "./grant/grantPolicy.ts";
export type { Access, Grant, GrantDecision, GrantRules, GrantSubject } from "./grant/grantPolicy.ts";
export type { Answered, Asked } from "./http/exchange.ts";
export { toListener } from "./http/serve.ts";
export type { DelayedAnswer, DelayedCall, DelayedEvents, JobStore } from "./leave/ports.ts";
export { LookUpFault } from "./ports.ts";
export type {
  Finding,
  GrantLimits,
  Homeservers,
  JwtService,
  JwtServiceConfig,
  JwtServiceDeps,
  MatrixMember,
  OpenIdToken,
} from "./ports.ts";
export type { SfuRooms } from "./sfu.ts";
