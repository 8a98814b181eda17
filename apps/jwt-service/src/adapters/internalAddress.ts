import { BlockList, isIP, isIPv4 } from "node:net";

type Range = readonly [network: string, prefix: number];

/** IPv4 ranges that are not the public internet. @see RFC 6890 */
const INTERNAL_IPV4: readonly Range[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];
/** All public IPv6 addresses are in here … @see IANA IPv6 address space */
const GLOBAL_IPV6: Range = ["2000::", 3];
/** … but not these: special purposes, documentation, and tunnels that carry an IPv4 address inside. */
const SPECIAL_IPV6: readonly Range[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];
const MAPPED = /^::(?:ffff:)?(?:0:)?(\d+\.\d+\.\d+\.\d+)$/i;

const internal4 = new BlockList();
for (const [network, prefix] of INTERNAL_IPV4) internal4.addSubnet(network, prefix, "ipv4");
const global6 = new BlockList();
global6.addSubnet(...GLOBAL_IPV6, "ipv6");
const special6 = new BlockList();
for (const [network, prefix] of SPECIAL_IPV6) special6.addSubnet(network, prefix, "ipv6");

/** True for whatever is not an address of the public internet: loopback, private, link-local, mapped, multicast, no address at all. */
export function isInternalAddress(address: string): boolean {
  if (isIPv4(address)) return internal4.check(address, "ipv4");
  if (isIP(address) !== 6 || address.includes("%") || MAPPED.test(address)) return true;
  return !global6.check(address, "ipv6") || special6.check(address, "ipv6");
}

/** Networks that look-ups may reach although they are internal. */
export class AllowedNetworks {
  readonly #list = new BlockList();

  /** @throws {RangeError} naming the entry that is no network */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = "", prefix] = network.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      try {
        this.#list.addSubnet(address, prefix === undefined ? widest(family) : Number(prefix), family);
      } catch {
        throw new RangeError(network);
      }
    }
  }

  has(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 6 ? "ipv6" : "ipv4");
  }
}

function widest(family: "ipv4" | "ipv6"): number {
  return family === "ipv6" ? 128 : 32;
}
