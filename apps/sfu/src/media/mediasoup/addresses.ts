import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";

import { SfuError } from "../../errors.ts";

const PORT_ATTEMPTS = 20;
const LOOPBACK = "127.0.0.1";

/** Where the media port is bound and what clients are told. The first announced address is the preferred one. */
export interface MediaAddresses {
  readonly host: string;
  readonly announced: readonly string[];
}

/** Works out what to announce: as configured, else the bound address, else (wildcard) every IPv4 address of the machine. */
export function mediaAddresses(host: string, announce: readonly string[]): MediaAddresses {
  if (announce.length > 0) return { host, announced: announce };
  if (host !== "0.0.0.0") return { host, announced: [host] };
  const own = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  return { host, announced: [...own, LOOPBACK] };
}

/**
 * Finds a port that is free for UDP and TCP alike.
 *
 * @throws {SfuError} `media_unavailable`
 */
export async function findFreePort(host: string): Promise<number> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    const port = await tryPort(host);
    if (port !== undefined) return port;
  }
  throw new SfuError("media_unavailable", "No port is free for both UDP and TCP");
}

async function tryPort(host: string): Promise<number | undefined> {
  const udp = createSocket(host.includes(":") ? "udp6" : "udp4");
  const tcp = createServer();
  try {
    udp.bind(0, host);
    await once(udp, "listening");
    const { port } = udp.address();
    tcp.listen(port, host);
    await once(tcp, "listening");
    return port;
  } catch {
    return undefined;
  } finally {
    udp.close();
    tcp.close();
  }
}
