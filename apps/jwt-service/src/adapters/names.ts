import { lookup, Resolver } from "node:dns/promises";

import type { Reach } from "./httpClient.ts";
import { isInternalAddress, type AllowedNetworks } from "./internalAddress.ts";

const RESOLVER_OPTIONS = { timeout: 1500, tries: 2 } as const;
const MAX_ADDRESSES = 8;
const ROOT = ".";

/** Where a service of a domain is. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/** Hosts of the operator's own: any address, by the system's resolver, which knows `/etc/hosts` and container names. */
export function ownReach(): Reach {
  return {
    addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    mayConnect: () => true,
  };
}

/**
 * Hosts of strangers: public addresses, and internal networks that are allowed. Without such networks they are asked for
 * over DNS directly: the system's resolver uses one of four threads of the process, which a few slow names would hold.
 */
export function strangersReach(allowed: AllowedNetworks | undefined): Reach {
  if (allowed) {
    return { ...ownReach(), mayConnect: (address) => !isInternalAddress(address) || allowed.has(address) };
  }
  const resolver = new Resolver(RESOLVER_OPTIONS);
  return {
    async addressesOf(host) {
      const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : [])).slice(0, MAX_ADDRESSES);
    },
    mayConnect: (address) => !isInternalAddress(address),
  };
}

/** Finds the first service of those names that a domain has, the preferred record first. */
export async function findService(names: readonly string[]): Promise<ServiceAddress | undefined> {
  const resolver = new Resolver(RESOLVER_OPTIONS);
  const answers = await Promise.all(names.map((name) => resolver.resolveSrv(name).catch(() => [])));
  for (const records of answers) {
    const [best] = records.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight);
    if (best && best.name !== "" && best.name !== ROOT && best.port > 0) return { host: best.name, port: best.port };
  }
  return undefined;
}
