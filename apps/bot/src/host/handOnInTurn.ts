import { isSync } from "../manners/isSync.ts";

/** The event loop, as one who wants to be fair to the others in it sees it. */
export interface EventLoop {
  /** Does not jump. */
  nowMs(): number;
  /** Resolves when what was just handed on has been done, as far as it waits for nothing from outside. */
  settled(): Promise<void>;
  /** Resolves when timers and sockets have had a turn. */
  nextTurn(): Promise<void>;
}

/** Syncs are handed on for so long at a time. */
const BUDGET_MS = 100;

/**
 * The `fetch` of all bots of a process: hands the answers of syncs on one after the other, with room for others in between.
 * A key for everybody arrives at hundreds of bots at once, and to decrypt it takes each of them 5 ms; sound, timers and
 * requests shall not wait for all of them.
 */
export function handOnInTurn(fetch: typeof globalThis.fetch, loop: EventLoop): typeof globalThis.fetch {
  let last = Promise.resolve();
  let turnBeganAtMs = -Infinity;
  const myTurn = async (): Promise<void> => {
    await loop.settled();
    if (loop.nowMs() - turnBeganAtMs < BUDGET_MS) return;
    await loop.nextTurn();
    turnBeganAtMs = loop.nowMs();
  };
  return async (input, init) => {
    const answer = await fetch(input, init);
    if (!isSync(input)) return answer;
    last = last.then(myTurn);
    await last;
    return answer;
  };
}
