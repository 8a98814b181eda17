import { isSync } from "../manners/isSync.ts";

/**
 * The `fetch` of all bots of a process: hands the answers of syncs on one by one. A key for everybody arrives at hundreds
 * of bots at once, and to decrypt it takes each of them 5 ms; sound, timers and requests shall not wait for all of them.
 *
 * @param nextTurn resolves when everything that waited has had its turn; never rejects
 */
export function handOnInTurn(fetch: typeof globalThis.fetch, nextTurn: () => Promise<void>): typeof globalThis.fetch {
  let last = Promise.resolve();
  return async (input, init) => {
    const answer = await fetch(input, init);
    if (!isSync(input)) return answer;
    last = last.then(nextTurn);
    await last;
    return answer;
  };
}
