export { sleep, steadyClock, systemClock } from "./clock.ts";
export type { CancelTimer, Clock } from "./clock.ts";
export { Scope, ScopeEnded } from "./scope.ts";
export { computed, effect, signal, until, untracked } from "./signal.ts";
export type { ReadonlySignal, SignalOptions, WritableSignal } from "./signal.ts";
export { Emitter } from "./emitter.ts";
export type { Happening } from "./emitter.ts";
export { CodedError } from "./errors.ts";
export type { CodedErrorOptions } from "./errors.ts";
export { once } from "./once.ts";
export { Secret, silentLogger } from "./logger.ts";
export type { Logger, LogFields } from "./logger.ts";
export {
  concatBytes,
  equalBytes,
  toBase64,
  toHex,
  toUnpaddedBase64,
  tryFromBase64,
  tryFromHex,
  utf8,
} from "./bytes.ts";
