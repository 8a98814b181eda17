import { ClientInfo_Capability } from "@livekit/protocol";

import type { ClientOptions } from "../room/Participant.ts";

const CAPABILITIES: Readonly<Record<string, ClientInfo_Capability>> = {
  CAP_PACKET_TRAILER: ClientInfo_Capability.CAP_PACKET_TRAILER,
  CAP_COMPRESSION_DEFLATE_RAW: ClientInfo_Capability.CAP_COMPRESSION_DEFLATE_RAW,
};

/** Reads what a client says about itself in the address of its socket. Nonsense counts as absent. */
export function clientOptions(query: URLSearchParams): ClientOptions {
  const clientProtocol = query.get("client_protocol") ?? "";
  return {
    isAutoSubscribing: query.get("auto_subscribe") !== "0",
    clientProtocol: /^\d{1,4}$/.test(clientProtocol) ? Number(clientProtocol) : 0,
    capabilities: (query.get("capabilities") ?? "").split(",").flatMap((name) => CAPABILITIES[name] ?? []),
  };
}
