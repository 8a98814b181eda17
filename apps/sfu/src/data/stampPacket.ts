import { DataPacket, DataPacket_Kind } from "@livekit/protocol";

import type { DataMessage } from "./DataUplink.ts";

/** Largest data packet that is forwarded; clients limit themselves to 64 000 bytes of payload. */
export const MAX_DATA_PACKET_BYTES = 65_536;

export interface Sender {
  readonly sid: string;
  readonly identity: string;
}

export interface StampedPacket {
  readonly payload: Uint8Array;
  /** Of reliable packets, 0 if the client does not count. */
  readonly sequence: number;
  /** Empty identities and sids: everybody. */
  readonly toIdentities: readonly string[];
  readonly toSids: readonly string[];
}

/**
 * Puts the true sender into a data packet: what a client claims about itself counts for nothing.
 * Fields that we do not know survive.
 *
 * @returns `undefined` for bytes that are no data packet, or too many
 */
export function tryStampPacket(message: DataMessage, sender: Sender): StampedPacket | undefined {
  if (message.payload.byteLength > MAX_DATA_PACKET_BYTES) return undefined;
  const packet = tryParse(message.payload);
  if (!packet) return undefined;
  packet.participantSid = sender.sid;
  packet.participantIdentity = sender.identity;
  packet.kind = message.channel === "reliable" ? DataPacket_Kind.RELIABLE : DataPacket_Kind.LOSSY;
  const toSids: string[] = [];
  const toIdentities = [...packet.destinationIdentities];
  if (packet.value.case === "user") {
    const user = packet.value.value;
    user.participantSid = sender.sid;
    user.participantIdentity = sender.identity;
    toSids.push(...user.destinationSids);
    toIdentities.push(...user.destinationIdentities);
  }
  return { payload: packet.toBinary(), sequence: packet.sequence, toIdentities, toSids };
}

function tryParse(payload: Uint8Array): DataPacket | undefined {
  try {
    return DataPacket.fromBinary(payload);
  } catch {
    return undefined;
  }
}
