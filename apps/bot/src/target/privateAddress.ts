import { BlockList, isIP } from "node:net";

/** Where a swarm may be let loose without asking. @see RFC 1122 loopback, RFC 1918, RFC 4193, RFC 4291 */
const PRIVATE_RANGES: readonly (readonly [string, number, "ipv4" | "ipv6"])[] = [
  ["127.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["::1", 128, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
];

const privateRanges = new BlockList();
for (const [network, prefix, family] of PRIVATE_RANGES) privateRanges.addSubnet(network, prefix, family);

/** True for loopback and private addresses; false for all others and for what is no address. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  // BlockList reads IPv4-mapped IPv6 addresses as IPv4.
  return family !== 0 && privateRanges.check(address, family === 6 ? "ipv6" : "ipv4");
}
