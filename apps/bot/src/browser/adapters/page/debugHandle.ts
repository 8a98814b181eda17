import type { Call, CallStatistics } from "@conclave/call";

/** What the app puts on the window with `?debug=1`: as much of it as is read from outside. */
export interface DebugHandle {
  /** The newest call of the page, if there was one; it stays after its end. */
  readonly call: Call | undefined;
  readonly statistics: CallStatistics | undefined;
  /** Milliseconds on the page's monotonic clock, by mark. */
  readonly timings: Readonly<Record<string, number>>;
}

declare global {
  interface Window {
    conclave: DebugHandle;
  }
}
