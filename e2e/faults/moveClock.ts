import type { PersonBrowser } from "@conclave/bot/browser";

declare global {
  interface Window {
    /** How far this page's clock is ahead of the machine's, in ms. */
    clockAheadMs: number;
  }
}

/**
 * Makes the pages that a browser opens from now on believe that it is another time. Timers and the monotonic clock go on
 * as they do where somebody has set the clock of a computer.
 *
 * @returns moves the clock of the page that is open
 */
export async function moveClock(
  { context, page }: PersonBrowser,
  byMs: number,
): Promise<(aheadMs: number) => Promise<void>> {
  await context.addInitScript(startClock, byMs);
  return (aheadMs) => page.evaluate((ms) => void (window.clockAheadMs = ms), aheadMs);
}

/** Runs in the page, where its source is all there is. */
function startClock(byMs: number): void {
  const Machine = Date;
  window.clockAheadMs = byMs;
  const nowMs = (): number => Machine.now() + window.clockAheadMs;
  window.Date = new Proxy(Machine, {
    construct: (target, given: []) =>
      (given.length === 0 ? new target(nowMs()) : Reflect.construct(target, given)) as Date,
    apply: () => new Machine(nowMs()).toString(),
    get: (target, name) => (name === "now" ? nowMs : (Reflect.get(target, name) as unknown)),
  });
}
