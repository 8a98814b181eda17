/** Bots are given addresses out of 10.0.0.0/8, which one machine never sees for real. */
const ADDRESSES = 2 ** 24 - 2;

/**
 * The `fetch` of one bot. It follows no redirects, which could lead to a host that must not be loaded.
 *
 * @param botNumber for a server that believes `X-Forwarded-For`: the bot then counts as a client of its own
 */
export function botFetch(fetch: typeof globalThis.fetch, botNumber: number | undefined): typeof globalThis.fetch {
  const address = botNumber === undefined ? undefined : addressOf(botNumber);
  return (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    if (address !== undefined) headers.set("x-forwarded-for", address);
    return fetch(input, { ...init, headers, redirect: "error" });
  };
}

function addressOf(botNumber: number): string {
  const host = (botNumber % ADDRESSES) + 1;
  return `10.${(host >> 16) & 255}.${(host >> 8) & 255}.${host & 255}`;
}
