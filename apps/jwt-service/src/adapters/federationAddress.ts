import { isIP } from "node:net";

/** Port of the federation API where nothing else is said. @see Server-Server API, "Resolving server names" */
const DEFAULT_FEDERATION_PORT = 8448;
const MAX_SERVER_NAME_LENGTH = 255;
const MAX_PORT = 65_535;

/** A Matrix server name, taken apart. */
export interface ServerName {
  /** Without the brackets of an IPv6 literal. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number | undefined;
}

/** Reads `host`, `host:port`, `[v6]` or `[v6]:port`; `undefined` for anything else. */
export function tryServerName(text: string): ServerName | undefined {
  if (text.length > MAX_SERVER_NAME_LENGTH) return undefined;
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?$/.exec(text);
  const bracketed = match?.[1];
  const host = bracketed ?? match?.[2];
  if (host === undefined) return undefined;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port === 0 || port > MAX_PORT)) return undefined;
  return { host, isAddress: isIP(host) !== 0, port };
}

/** True if the name says where to connect, without a look-up of its `.well-known`. */
export function isDirect(name: ServerName): boolean {
  return name.isAddress || name.port !== undefined;
}

/** Origin of the federation API at that host and port. */
export function federationOrigin(name: ServerName): string {
  const host = name.host.includes(":") ? `[${name.host}]` : name.host;
  return `https://${host}:${name.port ?? DEFAULT_FEDERATION_PORT}`;
}
