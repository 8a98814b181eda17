export { startConclave } from "./startConclave.ts";
export type { Conclave } from "./startConclave.ts";
export type { ConclaveOptions } from "./options.ts";
export { StartError } from "./errors.ts";
export type { StartErrorCode } from "./errors.ts";
