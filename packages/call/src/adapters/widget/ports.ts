/** The part of a message event that is looked at. */
export interface WindowMessage {
  readonly data: unknown;
  readonly origin: string;
  readonly source: unknown;
}

/** The part of a `Window` that a widget needs. */
export interface WidgetWindow {
  readonly parent: { postMessage(message: unknown, targetOrigin: string): void };
  addEventListener(type: "message", listener: (message: WindowMessage) => void): void;
  removeEventListener(type: "message", listener: (message: WindowMessage) => void): void;
}

export type WidgetData = Readonly<Record<string, unknown>>;

/** Answers a request of the host. What it throws becomes an error answer without details. */
export type WidgetHandler = (data: WidgetData) => object | Promise<object>;

export interface RequestOptions {
  /** How long an answer is waited for. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told the id of the request before it goes out. */
  readonly onSent?: (requestId: string) => void;
  /** Told of an answer that came after the time was up. */
  readonly onLate?: (answer: WidgetData) => void;
}
