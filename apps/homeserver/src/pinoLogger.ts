import type { Logger } from "@conclave/kit";
import { destination, pino, type Logger as Pino } from "pino";

const STANDARD_ERROR = 2;

/** Writes JSON lines to standard error. */
export function pinoLogger(level: string): Logger {
  return adapt(pino({ level, base: null }, destination({ fd: STANDARD_ERROR, sync: true })));
}

function adapt(lines: Pino): Logger {
  return {
    error: (message, fields = {}) => lines.error(fields, message),
    warn: (message, fields = {}) => lines.warn(fields, message),
    info: (message, fields = {}) => lines.info(fields, message),
    debug: (message, fields = {}) => lines.debug(fields, message),
    child: (fields) => adapt(lines.child(fields)),
  };
}
