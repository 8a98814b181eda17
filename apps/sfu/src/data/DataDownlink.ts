import type { Clock, Scope } from "@conclave/kit";

import type { MediaTransport } from "../media/MediaPlane.ts";
import { type ChannelKind, CHANNEL_LABELS } from "./DataUplink.ts";
import { PPID_BINARY, PPID_DCEP, tryParseDcep, writeOpen } from "./dcep.ts";

/** Stream ids of our channels: odd, because the client is the DTLS client (RFC 8832 §6). */
const STREAM_IDS: Readonly<Record<ChannelKind, number>> = { reliable: 1, lossy: 3 };
const OPEN_RETRY_MS = 1000;
const OPEN_ATTEMPTS = 10;

/** Reliable messages kept for a client whose channel is not open yet. */
export const MAX_QUEUED_MESSAGES = 256;

export interface DownlinkDeps {
  readonly transport: MediaTransport;
  readonly clock: Clock;
  readonly scope: Scope;
  /** The client does not read: its reliable channel has overflowed. */
  readonly overflowed: () => void;
}

/** The data channels that the server opens on a client's subscriber connection. */
export class DataDownlink {
  readonly #deps: DownlinkDeps;
  readonly #open = new Set<ChannelKind>();
  readonly #waiting: Uint8Array[] = [];

  constructor(deps: DownlinkDeps) {
    this.#deps = deps;
    const { transport, scope } = deps;
    transport.sctpConnected.on(scope, () => {
      this.#sendOpen("reliable", 1);
      this.#sendOpen("lossy", 1);
    });
    transport.sctpReceived.on(scope, ({ streamId, ppid, payload }) => {
      if (ppid === PPID_DCEP && tryParseDcep(payload)?.type === "ack") this.#onAck(streamId);
    });
  }

  /** Sends, or keeps (reliable) or drops (lossy) what cannot be sent yet. */
  send(channel: ChannelKind, payload: Uint8Array): void {
    if (this.#open.has(channel)) return this.#transmit(channel, payload);
    if (channel === "lossy") return;
    this.#waiting.push(payload);
    if (this.#waiting.length > MAX_QUEUED_MESSAGES) this.#waiting.shift();
  }

  #onAck(streamId: number): void {
    for (const channel of ["reliable", "lossy"] as const) {
      if (STREAM_IDS[channel] === streamId) this.#open.add(channel);
    }
    if (!this.#open.has("reliable")) return;
    for (const payload of this.#waiting.splice(0)) this.#transmit("reliable", payload);
  }

  #transmit(channel: ChannelKind, payload: Uint8Array): void {
    const { transport, scope, overflowed } = this.#deps;
    transport.sendSctp({ streamId: STREAM_IDS[channel], ppid: PPID_BINARY, payload }).catch(() => {
      if (channel === "reliable" && !scope.isEnded) overflowed();
    });
  }

  #sendOpen(channel: ChannelKind, attempt: number): void {
    const { transport, clock, scope } = this.#deps;
    if (scope.isEnded || this.#open.has(channel) || attempt > OPEN_ATTEMPTS) return;
    const payload = writeOpen(CHANNEL_LABELS[channel], channel === "lossy");
    // Lost or refused alike: the timer tries again.
    transport.sendSctp({ streamId: STREAM_IDS[channel], ppid: PPID_DCEP, payload }).catch(() => undefined);
    scope.onEnd(clock.after(OPEN_RETRY_MS, () => this.#sendOpen(channel, attempt + 1)));
  }
}
