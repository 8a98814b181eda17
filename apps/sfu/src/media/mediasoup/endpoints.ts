import { Emitter } from "@conclave/kit";
import type { types } from "mediasoup";

import { SfuError } from "../../errors.ts";
import type { MediaConsumer, MediaKind, MediaProducer, RtpDescription } from "../MediaPlane.ts";
import { toDescription } from "./codecs.ts";
import type { Seat } from "./Seat.ts";

const BEST_SCORE = 10;

/** A published track on mediasoup. Calls after its end do nothing. */
export class MediasoupProducer implements MediaProducer {
  /** Where it is received. */
  readonly seat: Seat;
  readonly #producer: types.Producer;

  constructor(producer: types.Producer, seat: Seat) {
    this.#producer = producer;
    this.seat = seat;
  }

  get id(): string {
    return this.#producer.id;
  }

  get kind(): MediaKind {
    return this.#producer.kind;
  }

  get isLayered(): boolean {
    return this.#producer.type !== "simple";
  }

  get score(): number {
    // A simulcast layer that the client has switched off scores 0 and says nothing about the link.
    const scores = this.#producer.score.map(({ score }) => score).filter((score) => score > 0);
    return scores.length === 0 ? BEST_SCORE : Math.min(...scores);
  }

  async pause(): Promise<void> {
    await unlessClosed(this.#producer, () => this.#producer.pause());
  }

  async resume(): Promise<void> {
    await unlessClosed(this.#producer, () => this.#producer.resume());
  }

  close(): void {
    this.#producer.close();
  }
}

/** A subscribed track on mediasoup. Calls after its end do nothing. */
export class MediasoupConsumer implements MediaConsumer {
  readonly rtp: RtpDescription;
  readonly starved: Emitter<boolean> = new Emitter<boolean>();
  readonly #consumer: types.Consumer;
  #isStarved = false;

  constructor(consumer: types.Consumer, router: types.RtpCapabilities) {
    this.#consumer = consumer;
    this.rtp = toDescription(consumer.rtpParameters, router);
    // Without any layer though the publisher sends some and the subscriber wants some: there is no bandwidth.
    consumer.on("layerschange", (layers) => {
      const isStarved = layers === undefined && !consumer.paused && !consumer.producerPaused && isSending(consumer);
      if (isStarved === this.#isStarved) return;
      this.#isStarved = isStarved;
      this.starved.emit(isStarved);
    });
  }

  get id(): string {
    return this.#consumer.id;
  }

  get score(): number {
    return this.#consumer.score.score;
  }

  async pause(): Promise<void> {
    await unlessClosed(this.#consumer, () => this.#consumer.pause());
  }

  async resume(): Promise<void> {
    await unlessClosed(this.#consumer, () => this.#consumer.resume());
  }

  async setPreferredLayers({ spatial, temporal }: { spatial: number; temporal: number }): Promise<void> {
    if (this.#consumer.type === "simple") return;
    const layers = { spatialLayer: spatial, temporalLayer: temporal };
    await unlessClosed(this.#consumer, () => this.#consumer.setPreferredLayers(layers));
  }

  async setPriority(priority: number): Promise<void> {
    if (this.#consumer.type === "simple") return;
    await unlessClosed(this.#consumer, () => this.#consumer.setPriority(priority));
  }

  close(): void {
    this.#consumer.close();
  }
}

/** The publisher sends at least one layer. */
function isSending({ score }: types.Consumer): boolean {
  return score.producerScores.some((each) => each > 0);
}

/**
 * A request to something that has been closed meanwhile fails, and that is no fault. mediasoup tells of a closed producer
 * a turn of the event loop after the worker has refused what came for its consumers.
 */
async function unlessClosed(owner: { readonly closed: boolean }, request: () => Promise<void>): Promise<void> {
  if (owner.closed) return;
  try {
    await request();
  } catch (cause) {
    await nextTurn();
    if (!owner.closed) throw new SfuError("media_failed", "The media worker refused", { cause });
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
