import { networkInterfaces } from "node:os";

/** More than a machine has in practice; each is one more candidate that browsers try. */
const MAX_ADDRESSES = 8;

/** Where media is received, and which addresses browsers are told. */
export interface MediaAddresses {
  readonly mediaHost: string;
  readonly announce: readonly string[];
}

type Interfaces = ReturnType<typeof networkInterfaces>;

/**
 * Chooses the media addresses. Browsers may gather no candidate on loopback, so even an installation for one machine
 * takes media on its network addresses too.
 */
export function chooseMediaAddresses(
  options: { readonly host: string; readonly announce: readonly string[] },
  interfaces: Interfaces = networkInterfaces(),
): MediaAddresses {
  const isWide = isEveryAddress(options.host) || isLoopback(options.host);
  if (options.announce.length > 0) return { mediaHost: isWide ? "0.0.0.0" : options.host, announce: options.announce };
  if (!isWide) return { mediaHost: options.host, announce: [] };
  return { mediaHost: "0.0.0.0", announce: ownAddresses(interfaces) };
}

function ownAddresses(interfaces: Interfaces): readonly string[] {
  const all = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, address }) => family === "IPv4" && !address.startsWith("169.254."))
    .map(({ address }) => address);
  const [loopback, network] = [all.filter(isLoopback), all.filter((address) => !isLoopback(address))];
  return [...network, ...loopback].slice(0, MAX_ADDRESSES);
}

function isEveryAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
