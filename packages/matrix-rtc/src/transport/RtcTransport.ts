import { isRecord } from "../json.ts";
import type { NoTransportReason, RtcTransport } from "../model.ts";

const MAX_URL_LENGTH = 2_048;
/** A thousand members share a few services, and parsing a URL is most of what reading a membership costs. */
const MAX_KNOWN_URLS = 256;
const known = new Map<string, string | undefined>();
/** Nobody publishes on more SFUs at once. */
const MAX_ENTRIES = 8;

/** An SFU of the type that is deployed, by its authorisation service. */
const DEPLOYED_TYPE = "livekit";
/** MSC4195's type: an SFU by its own address, to which homeservers give access. */
const DRAFT_TYPE = "m.livekit";
const SERVICE_SCHEMES: readonly string[] = ["https:", "http:"];
const SFU_SCHEMES: readonly string[] = ["wss:", "ws:", "https:", "http:"];

/** `transport` if this package can use the entry, else why not. */
export type ReadTransport =
  | { readonly transport: RtcTransport; readonly reason?: undefined }
  | { readonly transport: undefined; readonly reason: NoTransportReason };

/**
 * Reads one transport entry of a membership, the transports endpoint or the well-known file. Never throws.
 *
 * @returns the transport with its URL normalised, or why this package cannot use it
 * @see matrixrtc.md 8.1 (entry shapes), 3.4 (`m.livekit`)
 */
export function readTransport(entry: unknown): ReadTransport {
  if (!isRecord(entry)) return unusable("not_named");
  const { type, livekit_service_url: service, url } = entry;
  if (type !== DEPLOYED_TYPE && type !== DRAFT_TYPE) return unusable("unknown_type");
  const sfuUrl = tryNormalise(url, SFU_SCHEMES);
  if (service === undefined && sfuUrl !== undefined) return unusable("needs_homeserver");
  const serviceUrl = tryNormalise(service, SERVICE_SCHEMES);
  if (serviceUrl === undefined) return unusable("bad_address");
  return { transport: { type: "livekit", serviceUrl, ...(sfuUrl === undefined ? {} : { sfuUrl }) } };
}

/** The first entry that can be used; if there is none, what is the matter with the first. */
export function readFirstUsable(entries: readonly unknown[]): ReadTransport {
  const first = entries.length === 0 ? unusable("not_named") : readTransport(entries[0]);
  if (first.transport) return first;
  for (const entry of entries.slice(1, MAX_ENTRIES)) {
    const read = readTransport(entry);
    if (read.transport) return read;
  }
  return first;
}

function unusable(reason: NoTransportReason): ReadTransport {
  return { transport: undefined, reason };
}

function tryNormalise(text: unknown, schemes: readonly string[]): string | undefined {
  if (typeof text !== "string" || text.length > MAX_URL_LENGTH) return undefined;
  const key = schemes[0] + text;
  if (known.has(key)) return known.get(key);
  if (known.size >= MAX_KNOWN_URLS) known.clear();
  const normalised = normalise(text, schemes);
  known.set(key, normalised);
  return normalised;
}

/** Lower-case scheme and host, no default port, no trailing slash, query or fragment: equal services compare equal. */
function normalise(text: string, schemes: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!schemes.includes(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

/** Layers A and B: the wire form of a transport in memberships. */
export function transportEntry(transport: RtcTransport): {
  readonly type: "livekit";
  readonly livekit_service_url: string;
} {
  return { type: transport.type, livekit_service_url: transport.serviceUrl };
}

/**
 * Layer C's wire form. The authorisation service stays in it: without it, only clients whose homeserver mediates
 * (MSC4195) could hear us. Where the SFU's own address is not known, it is layer B's.
 */
export function draftTransportEntry({ type, serviceUrl, sfuUrl }: RtcTransport): object {
  const service = { livekit_service_url: serviceUrl };
  return sfuUrl === undefined ? { type, ...service } : { type: DRAFT_TYPE, url: sfuUrl, ...service };
}

/** What a client that can use `livekit` transports says in layers B and C that it can subscribe to. */
export const CAN_SUBSCRIBE: Readonly<Record<"sticky" | "draft", readonly string[]>> = {
  sticky: [DEPLOYED_TYPE],
  draft: [DRAFT_TYPE, DEPLOYED_TYPE],
};
