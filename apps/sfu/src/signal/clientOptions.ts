import { ClientInfo_Capability } from "@livekit/protocol";

import type { SectionReuse } from "../negotiation/SubscriberPeer.ts";
import type { ClientOptions } from "../room/Participant.ts";

const CAPABILITIES: Readonly<Record<string, ClientInfo_Capability>> = {
  CAP_PACKET_TRAILER: ClientInfo_Capability.CAP_PACKET_TRAILER,
  CAP_COMPRESSION_DEFLATE_RAW: ClientInfo_Capability.CAP_COMPRESSION_DEFLATE_RAW,
};

/** Most characters of attributes in an address: addresses have bounds of their own. */
const MAX_ATTRIBUTES_CHARACTERS = 16_384;

/** Attributes that a client brings along in its address. Nonsense counts as absent. */
export function initialAttributes(query: URLSearchParams): Readonly<Record<string, string>> {
  const encoded = query.get("attributes") ?? "";
  if (encoded === "" || encoded.length > MAX_ATTRIBUTES_CHARACTERS) return {};
  try {
    const parsed: unknown = JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
    const entries = Object.entries(parsed ?? {}).filter(([, value]) => typeof value === "string" && value !== "");
    return Object.fromEntries(entries) as Record<string, string>;
  } catch {
    return {};
  }
}

/** Who says nothing is taken for a browser, as the oldest clients are. */
function sectionReuse(sdk: string, browser: string): SectionReuse {
  if (browser.toLowerCase() === "safari") return "never";
  return sdk === "" || sdk.toLowerCase() === "js" ? "always" : "otherTracks";
}

/** Reads what a client says about itself in the address of its socket. Nonsense counts as absent. */
export function clientOptions(query: URLSearchParams): ClientOptions {
  const clientProtocol = query.get("client_protocol") ?? "";
  return {
    isAutoSubscribing: query.get("auto_subscribe") !== "0",
    sectionReuse: sectionReuse(query.get("sdk") ?? "", query.get("browser") ?? ""),
    clientProtocol: /^\d{1,4}$/.test(clientProtocol) ? Number(clientProtocol) : 0,
    capabilities: (query.get("capabilities") ?? "").split(",").flatMap((name) => CAPABILITIES[name] ?? []),
  };
}
