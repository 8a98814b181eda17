import type { Call, CallStatistics } from "@conclave/call";
import { untracked } from "@conclave/kit";

/** What `?debug=1` puts on the window as `conclave`, for tests and benchmarks. Read-only. */
export interface DebugHandle {
  readonly call: Call | undefined;
  readonly statistics: CallStatistics | undefined;
  /** Milliseconds on the page's monotonic clock, by mark. */
  readonly timings: Readonly<Record<string, number>>;
  readonly state: string | undefined;
  readonly trust: string | undefined;
}

/** Puts the handle on the window. @returns what is to be told of each new call */
export function exposeDebugHandle(window: Window): (call: Call) => void {
  let current: Call | undefined;
  const read = <T>(reader: (call: Call) => T): T | undefined => current && untracked(() => reader(current as Call));
  const handle: DebugHandle = {
    get call() {
      return current;
    },
    get statistics() {
      return read((call) => call.statistics.get());
    },
    get timings() {
      return Object.fromEntries(current?.timings ?? []);
    },
    get state() {
      return read((call) => call.state.get().phase);
    },
    get trust() {
      return read((call) => call.trust.get().state);
    },
  };
  Object.defineProperty(window, "conclave", { value: Object.freeze(handle), configurable: true });
  return (call) => {
    current = call;
  };
}
