import { Secret, type LogFields, type Logger } from "@conclave/kit";

/** Logs to the browser's console. Warnings and errors only, unless debugging was asked for. */
export function consoleLogger(isVerbose: boolean, bound: LogFields = {}): Logger {
  const write = (level: "error" | "warn" | "info" | "debug") => (message: string, fields?: LogFields) =>
    console[level](`[conclave] ${message}`, printable({ ...bound, ...fields }));
  return {
    error: write("error"),
    warn: write("warn"),
    info: isVerbose ? write("info") : quiet,
    debug: isVerbose ? write("debug") : quiet,
    child: (fields) => consoleLogger(isVerbose, { ...bound, ...fields }),
  };
}

function quiet(): void {}

// Consoles look into objects by themselves and would show what a Secret holds.
function printable(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Secret ? String(value) : value]),
  );
}
