import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";

import { SfuError } from "../../errors.ts";

const PORT_ATTEMPTS = 20;
const WILDCARDS: Readonly<Record<string, "IPv4" | "IPv6">> = { "0.0.0.0": "IPv4", "::": "IPv6" };

/** One address that the media port is bound to, and what clients are told instead. */
export interface ListenAddress {
  readonly ip: string;
  /** At least one; the first one is preferred. */
  readonly announced: readonly string[];
}

/**
 * Works out where to listen and what to announce: as configured, else the bound address, and for a wildcard every address
 * of the machine of that family.
 *
 * @param host one address or several, separated by commas
 * @param announce for hosts of both families: IPv6 addresses stand for the host of IPv6, all else for the other
 */
export function mediaAddresses(host: string, announce: readonly string[]): ListenAddress[] {
  const hosts = host.split(",").map((each) => each.trim());
  return hosts.map((ip) => {
    const told = hosts.length === 1 ? announce : announce.filter((each) => isIpv6(each) === isIpv6(ip));
    return { ip, announced: told.length > 0 ? told : addressesOf(ip) };
  });
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}

function addressesOf(host: string): string[] {
  const wanted = WILDCARDS[host];
  if (wanted === undefined) return [host];
  const own = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    // Addresses of one link would need its name, which clients cannot know.
    .filter(({ family, address }) => family === wanted && !address.startsWith("fe80:"))
    .toSorted((a, b) => Number(a.internal) - Number(b.internal));
  return own.length > 0 ? own.map(({ address }) => address) : [host];
}

/**
 * Finds a port that is free for UDP and TCP alike, on all of the hosts.
 *
 * @throws {SfuError} `media_unavailable`
 */
export async function findFreePort(hosts: readonly string[]): Promise<number> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    let port = 0;
    const isFree = [];
    for (const host of hosts) {
      const found = await tryPort(host, port);
      isFree.push(found !== undefined);
      port = found ?? port;
    }
    if (!isFree.includes(false)) return port;
  }
  throw new SfuError("media_unavailable", "No port is free for both UDP and TCP");
}

/** @param wanted 0 for any */
async function tryPort(host: string, wanted: number): Promise<number | undefined> {
  const isV6 = host.includes(":");
  const udp = createSocket({ type: isV6 ? "udp6" : "udp4", ipv6Only: isV6 });
  const tcp = createServer();
  try {
    udp.bind(wanted, host);
    await once(udp, "listening");
    const { port } = udp.address();
    tcp.listen({ port, host, ipv6Only: isV6 });
    await once(tcp, "listening");
    return port;
  } catch {
    return undefined;
  } finally {
    udp.close();
    tcp.close();
  }
}
