/** Fields of a log line. Values that must not be seen are wrapped in `Secret`. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where log lines go. error = a person must act; warn = it recovered; info = one line per life-cycle step;
 * debug = the rest. The message is a fixed phrase, everything variable is a field.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** Makes a logger that adds `fields` to each line. */
  child(fields: LogFields): Logger;
}

/** A logger that drops everything. */
export const silentLogger: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  child: () => silentLogger,
};

/** Holds a value that must never be printed: string, JSON and inspection forms are all `[secret]`. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** Hands out the value. The caller must not log, throw or store it. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }
}
