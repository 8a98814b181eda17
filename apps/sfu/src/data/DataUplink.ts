import { Emitter, type Scope } from "@conclave/kit";

import type { MediaTransport, SctpMessage } from "../media/MediaPlane.ts";
import { PPID_DCEP, tryParseDcep, writeAck } from "./dcep.ts";

export type ChannelKind = "reliable" | "lossy";

export interface DataMessage {
  readonly channel: ChannelKind;
  readonly payload: Uint8Array;
}

/** Labels of LiveKit's channels; which stream each one is on differs between clients and is read from the OPEN. */
export const CHANNEL_LABELS: Readonly<Record<ChannelKind, string>> = { reliable: "_reliable", lossy: "_lossy" };

/** The data channels that a client opens on its publisher connection. */
export class DataUplink {
  readonly received: Emitter<DataMessage> = new Emitter<DataMessage>();
  readonly #transport: MediaTransport;
  /** Bounded by the streams that the media plane listens to. */
  readonly #channels = new Map<number, ChannelKind>();

  constructor(transport: MediaTransport, scope: Scope) {
    this.#transport = transport;
    transport.sctpReceived.on(scope, (message) => this.#onMessage(message));
  }

  #onMessage({ streamId, ppid, payload }: SctpMessage): void {
    if (ppid === PPID_DCEP) return this.#onDcep(streamId, payload);
    const channel = this.#channels.get(streamId);
    if (channel) this.received.emit({ channel, payload });
  }

  #onDcep(streamId: number, payload: Uint8Array): void {
    const message = tryParseDcep(payload);
    if (message?.type !== "open") return;
    if (message.label === CHANNEL_LABELS.reliable) this.#channels.set(streamId, "reliable");
    if (message.label === CHANNEL_LABELS.lossy) this.#channels.set(streamId, "lossy");
    // A transport that has just closed needs no ACK.
    this.#transport.sendSctp({ streamId, ppid: PPID_DCEP, payload: writeAck() }).catch(() => undefined);
  }
}
