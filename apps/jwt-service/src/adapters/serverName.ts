import { isIP, isIPv4 } from "node:net";

/** Port of the federation API where nothing else is said. @see Server-Server API, "Resolving server names" */
export const DEFAULT_FEDERATION_PORT = 8448;
const MAX_SERVER_NAME_LENGTH = 255;
const MAX_PORT = 65_535;

/** A Matrix server name, taken apart. */
export interface ServerName {
  /** Without the brackets of an IPv6 literal. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number | undefined;
}

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
/** What URL parsers and resolvers take for an IPv4 address in a strange spelling if the last label is like this. */
const NUMBER_LABEL = /^(?:\d+|0[xX][0-9A-Fa-f]*)$/;

/**
 * Reads `host`, `host:port`, `[v6]` or `[v6]:port`; `undefined` for anything else. Stricter than the grammar: no host that
 * a parser further down could take for an address (`127.1`, `0x7f.1`, `2130706433`), no zone, no trailing dot.
 */
export function tryServerName(text: string): ServerName | undefined {
  if (text.length > MAX_SERVER_NAME_LENGTH) return undefined;
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::([0-9]{1,5}))?$/.exec(text);
  const bracketed = match?.[1];
  const host = bracketed ?? match?.[2];
  if (host === undefined) return undefined;
  if (bracketed === undefined ? !isHost(host) : isIP(bracketed) !== 6) return undefined;
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port === 0 || port > MAX_PORT)) return undefined;
  return { host, isAddress: isIP(host) !== 0, port };
}

function isHost(host: string): boolean {
  if (isIPv4(host)) return true;
  const labels = host.split(".");
  return labels.every((label) => LABEL.test(label)) && !NUMBER_LABEL.test(labels.at(-1) ?? "");
}

/** A host as it stands in URLs and `Host` headers. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
