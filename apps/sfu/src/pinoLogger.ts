import type { Logger } from "@conclave/kit";
import { destination, type Logger as Pino, pino } from "pino";

/** JSON lines on standard error. */
export function pinoLogger(level: string): Logger {
  return wrap(pino({ level, base: null }, destination({ fd: 2, sync: true })));
}

function wrap(lines: Pino): Logger {
  return {
    error: (message, fields = {}) => lines.error(fields, message),
    warn: (message, fields = {}) => lines.warn(fields, message),
    info: (message, fields = {}) => lines.info(fields, message),
    debug: (message, fields = {}) => lines.debug(fields, message),
    child: (fields) => wrap(lines.child(fields)),
  };
}
