import { Emitter } from "@conclave/kit";
import type { types } from "mediasoup";

import { SfuError } from "../../errors.ts";
import type { SctpMessage } from "../MediaPlane.ts";

/** Which SCTP streams of a transport are listened to and sent on. */
export interface SctpStreams {
  readonly receive: readonly number[];
  /** Sent on with the reliability of the array it stands in. Stream ids below the highest one are taken as well. */
  readonly sendReliable: readonly number[];
  readonly sendLossy: readonly number[];
}

/**
 * Raw SCTP messages in and out of a WebRtcTransport. mediasoup knows data producers and consumers only, so one of
 * each stands for every stream, joined to Node through the room's DirectTransport.
 *
 * mediasoup hands out the stream ids of data consumers in order from 0, hence the unused ones in between.
 */
export class SctpBridge {
  readonly received: Emitter<SctpMessage> = new Emitter<SctpMessage>();
  readonly #senders = new Map<number, types.DataConsumer>();

  static async create(
    transport: types.WebRtcTransport,
    direct: types.DirectTransport,
    source: types.DataProducer,
    streams: SctpStreams,
  ): Promise<SctpBridge> {
    const bridge = new SctpBridge();
    const highest = Math.max(...streams.sendReliable, ...streams.sendLossy);
    const ids = Array.from({ length: highest + 1 }, (_, id) => id);
    await Promise.all([
      ...ids.map((id) => bridge.#openSender(transport, source, streams.sendLossy.includes(id))),
      ...streams.receive.map((id) => bridge.#listen(transport, direct, id)),
    ]);
    return bridge;
  }

  /** @throws {SfuError} `client_too_slow` when the send buffer is full, `media_failed` when there is no such stream */
  async send({ streamId, ppid, payload }: SctpMessage): Promise<void> {
    const sender = this.#senders.get(streamId);
    if (!sender || sender.closed) throw new SfuError("media_failed", "The data stream is closed");
    try {
      await sender.send(Buffer.from(payload), ppid);
    } catch (cause) {
      throw new SfuError("client_too_slow", "The data stream's send buffer is full", { cause, retryable: true });
    }
  }

  async #openSender(transport: types.WebRtcTransport, source: types.DataProducer, isLossy: boolean): Promise<void> {
    const reliability = isLossy ? { ordered: false, maxRetransmits: 0 } : { ordered: true };
    const sender = await transport.consumeData({ dataProducerId: source.id, ...reliability });
    const streamId = sender.sctpStreamParameters?.streamId;
    if (streamId !== undefined) this.#senders.set(streamId, sender);
  }

  async #listen(transport: types.WebRtcTransport, direct: types.DirectTransport, streamId: number): Promise<void> {
    const producer = await transport.produceData({ sctpStreamParameters: { streamId, ordered: true } });
    const receiver = await direct.consumeData({ dataProducerId: producer.id });
    receiver.on("message", (payload, ppid) => this.received.emit({ streamId, ppid, payload }));
  }
}
