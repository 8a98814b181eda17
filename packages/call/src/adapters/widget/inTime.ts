import { type Clock, type Scope, sleep } from "@conclave/kit";

import { unreachable } from "../http/httpError.ts";

export interface TimeLimit {
  readonly clock: Clock;
  readonly scope: Scope;
  readonly timeoutMs: number;
}

/** Waits for `work`, but not for ever. @throws {MatrixRtcError} `homeserver_unreachable`: the time is up */
export async function inTime<T>(what: string, work: Promise<T>, { clock, scope, timeoutMs }: TimeLimit): Promise<T> {
  const waiting = scope.child();
  const timeIsUp = async (): Promise<never> => {
    await sleep(clock, timeoutMs, waiting.signal).catch(() => {});
    throw unreachable(what, undefined, !scope.isEnded);
  };
  try {
    return await Promise.race([work, timeIsUp()]);
  } finally {
    await waiting.end();
  }
}
