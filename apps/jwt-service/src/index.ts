export type { JwtService, JwtServiceConfig, JwtServiceDeps, OpenIdToken } from "./ports.ts";
export { createJwtService } from "./createJwtService.ts";
export { JwtServiceError } from "./errors.ts";
export type { JwtServiceErrorCode } from "./errors.ts";
