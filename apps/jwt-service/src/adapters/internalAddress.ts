import { BlockList, isIP } from "node:net";

/** Ranges that a stranger must not make us connect to. @see RFC 6890 */
const INTERNAL_RANGES: readonly (readonly [string, number, "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 127, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

const internal = new BlockList();
for (const [network, prefix, family] of INTERNAL_RANGES) internal.addSubnet(network, prefix, family);

/** True for loopback, private, link-local and other addresses that are not the public internet's. */
export function isInternalAddress(address: string): boolean {
  const family = isIP(address);
  // BlockList reads IPv4-mapped IPv6 addresses as IPv4.
  return family !== 0 && internal.check(address, family === 6 ? "ipv6" : "ipv4");
}
