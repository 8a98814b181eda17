import type { Logger } from "@conclave/kit";
import type { Logger as Pino } from "pino";

/** Lets a pino logger be our port. */
export function pinoLogger(pino: Pino): Logger {
  return {
    error: (message, fields = {}) => pino.error(fields, message),
    warn: (message, fields = {}) => pino.warn(fields, message),
    info: (message, fields = {}) => pino.info(fields, message),
    debug: (message, fields = {}) => pino.debug(fields, message),
    child: (fields) => pinoLogger(pino.child(fields)),
  };
}
