import { isIP } from "node:net";

import { TargetError } from "./errors.ts";
import { isPrivateAddress } from "./privateAddress.ts";

export interface HostGuard {
  readonly ownsServer: boolean;
  /** All addresses of a host name. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
}

/**
 * Refuses to load a machine on the internet by accident. Every address of the host must be loopback or private.
 *
 * @throws {TargetError} `foreign_host`, `bad_url`, `unreachable` (the name has no address)
 */
export async function guardHost(url: string, { ownsServer, resolve }: HostGuard): Promise<void> {
  const host = hostOf(url);
  if (ownsServer) return;
  const addresses = isIP(host) === 0 ? await addressesOf(host, resolve) : [host];
  if (addresses.every(isPrivateAddress)) return;
  throw new TargetError(
    "foreign_host",
    `${host} is neither this machine nor on a private network: a swarm may only load a server that is yours, which --i-own-this-server says.`,
  );
}

/** The parser of URLs has already turned decimal, hexadecimal and short forms of IPv4 into the usual one. */
function hostOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^(https?|wss?):$/.test(parsed.protocol)) {
    throw new TargetError("bad_url", `"${url}" is not an http or https address.`);
  }
  return parsed.hostname.replace(/^\[|\]$/g, "");
}

async function addressesOf(host: string, resolve: HostGuard["resolve"]): Promise<readonly string[]> {
  const found = await resolve(host).catch(() => []);
  if (found.length > 0) return found;
  // RFC 6761: names below localhost are this machine, though not every resolver knows them.
  if (/(^|\.)localhost\.?$/.test(host)) return ["127.0.0.1"];
  throw new TargetError("unreachable", `${host} has no address: check the name and the network.`);
}
