import type { CancelTimer, Clock } from "@conclave/kit";

import { SfuError } from "../errors.ts";
import type { MediaConsumer, MediaKind, MediaProducer, SubscriberTransport } from "../media/MediaPlane.ts";
import { Mailbox } from "../room/Mailbox.ts";
import { initialOfferState, type OfferEffect, type OfferEvent, offerTransition } from "./offerMachine.ts";
import { parseSdp, type SdpSession } from "./parseSdp.ts";
import { type OfferSection, writeOffer } from "./writeOffer.ts";

export interface SubscriberOffer {
  readonly id: number;
  readonly sdp: string;
  readonly midToTrackId: Readonly<Record<string, string>>;
}

export interface SubscriberDeps {
  readonly transport: SubscriberTransport;
  readonly clock: Clock;
  readonly sessionId: number;
  readonly sendOffer: (offer: SubscriberOffer) => void;
  /** A track cannot be sent to this client, or has just gone. */
  readonly subscriptionFailed: (trackSid: string, cause: unknown) => void;
  /** The client does not answer, or the media plane fails: it has to start anew. */
  readonly failed: (error: SfuError) => void;
}

/** A published track, as far as a subscriber needs it. */
export interface SubscriberSource {
  readonly participantSid: string;
  readonly trackSid: string;
  readonly kind: MediaKind;
  readonly isStereo: boolean;
  readonly producer: MediaProducer;
}

/** What a subscriber wants of a track. */
export interface SubscriptionSettings {
  readonly isDisabled: boolean;
  /** Undefined: the highest. */
  readonly layers: { readonly spatial: number; readonly temporal: number } | undefined;
}

interface Subscription {
  readonly source: SubscriberSource;
  readonly consumer: MediaConsumer;
  settings: SubscriptionSettings;
  /** The client has answered an offer that holds this track. */
  isNegotiated: boolean;
}

interface Section extends OfferSection {
  occupant: OfferSection["occupant"];
  isStereo: boolean;
  rtp: OfferSection["rtp"];
}

const OFFER_DELAY_MS = 20;
const ANSWER_TIMEOUT_MS = 15_000;
const MAX_WAITING_TASKS = 4096;
const DEFAULT_SETTINGS: SubscriptionSettings = { isDisabled: false, layers: undefined };

/**
 * The server's end of the peer connection on which the client receives. We offer, the client answers.
 * Everything that touches sections or consumers runs in one queue, because `consume` is asynchronous.
 */
export class SubscriberPeer {
  readonly #deps: SubscriberDeps;
  readonly #queue = new Mailbox(MAX_WAITING_TASKS);
  readonly #sections: Section[] = [];
  readonly #subscriptions = new Map<string, Subscription>();
  /** Tracks of the offer under way. */
  readonly #offered = new Set<Subscription>();
  #pendingAnswer: SdpSession | undefined;
  #state = initialOfferState;
  #cancelTimer: CancelTimer = () => {};
  #isConnected = false;
  #version = 0;

  constructor(deps: SubscriberDeps) {
    this.#deps = deps;
  }

  get subscribedSids(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  /** The worst score of what is being received, 0 to 10; undefined if nothing is. */
  get score(): number | undefined {
    const scores = [...this.#subscriptions.values()]
      .filter(({ isNegotiated, settings }) => isNegotiated && !settings.isDisabled)
      .map(({ consumer }) => consumer.score);
    return scores.length === 0 ? undefined : Math.min(...scores);
  }

  /** Makes the first offer, which holds at least the data section. */
  start(): void {
    this.#dispatch({ name: "wanted" });
  }

  subscribe(source: SubscriberSource, settings: SubscriptionSettings = DEFAULT_SETTINGS): void {
    this.#run(async () => {
      if (this.#subscriptions.has(source.trackSid)) return;
      const free = this.#sections.find(({ kind, occupant }) => kind === source.kind && !occupant);
      const mid = free?.mid ?? String(this.#sections.length + 1);
      const consumer = await this.#tryConsume(source, mid);
      if (!consumer) return;
      const { participantSid, trackSid, kind, isStereo } = source;
      const occupant = { participantSid, trackSid };
      if (free) Object.assign(free, { rtp: consumer.rtp, occupant, isStereo });
      else this.#sections.push({ mid, kind, rtp: consumer.rtp, occupant, isStereo });
      this.#subscriptions.set(trackSid, { source, consumer, settings, isNegotiated: false });
      if (settings.layers) await consumer.setPreferredLayers(settings.layers);
      this.#dispatch({ name: "wanted" });
    });
  }

  unsubscribe(trackSid: string): void {
    this.#run(() => {
      const subscription = this.#subscriptions.get(trackSid);
      if (!subscription) return;
      subscription.consumer.close();
      this.#subscriptions.delete(trackSid);
      const section = this.#sections.find(({ occupant }) => occupant?.trackSid === trackSid);
      if (section) section.occupant = undefined;
      this.#dispatch({ name: "wanted" });
    });
  }

  configure(trackSid: string, settings: SubscriptionSettings): void {
    this.#run(async () => {
      const subscription = this.#subscriptions.get(trackSid);
      if (!subscription) return;
      subscription.settings = settings;
      if (settings.layers) await subscription.consumer.setPreferredLayers(settings.layers);
      await this.#follow(subscription);
    });
  }

  /**
   * Takes the client's answer; one with another id than the last offer's is ignored.
   *
   * @throws {SfuError} `sdp_malformed`
   */
  answer(sdp: string, id: number): void {
    const session = parseSdp(sdp);
    this.#run(() => {
      this.#pendingAnswer = session;
      this.#dispatch({ name: "answered", id });
    });
  }

  /** After a resume: new ICE credentials, all sections offered again. */
  restart(): void {
    this.#run(async () => {
      if (this.#isConnected) await this.#deps.transport.restartIce();
      this.#cancelTimer();
      this.#dispatch({ name: "restarted" });
    });
  }

  close(): void {
    this.#queue.close();
    this.#cancelTimer();
    this.#subscriptions.clear();
    this.#deps.transport.close();
  }

  #dispatch(event: OfferEvent): void {
    const { state, effects } = offerTransition(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: OfferEffect): void {
    const { clock, failed } = this.#deps;
    switch (effect.name) {
      case "schedule": {
        this.#cancelTimer = clock.after(OFFER_DELAY_MS, () => this.#run(() => this.#dispatch({ name: "due" })));
        return;
      }
      case "offer": {
        this.#sendOffer(effect.id);
        this.#cancelTimer = clock.after(ANSWER_TIMEOUT_MS, () => this.#dispatch({ name: "timedOut", id: effect.id }));
        return;
      }
      case "applyAnswer": {
        this.#cancelTimer();
        this.#run(() => this.#applyAnswer());
        return;
      }
      case "fail": {
        failed(new SfuError("negotiation_timeout", "The client does not answer our offer"));
      }
    }
  }

  #sendOffer(id: number): void {
    const { transport, sessionId, sendOffer } = this.#deps;
    this.#version += 1;
    for (const subscription of this.#subscriptions.values()) this.#offered.add(subscription);
    const sdp = writeOffer(this.#sections, transport.description, { sessionId, version: this.#version });
    const used = this.#sections.flatMap(({ mid, occupant }) => (occupant ? [[mid, occupant.trackSid]] : []));
    sendOffer({ id, sdp, midToTrackId: Object.fromEntries(used) as Record<string, string> });
  }

  async #applyAnswer(): Promise<void> {
    const session = this.#pendingAnswer;
    if (session && !this.#isConnected) {
      this.#isConnected = true;
      await this.#deps.transport.connect(session.fingerprint);
    }
    const negotiated = [...this.#offered];
    this.#offered.clear();
    for (const subscription of negotiated) {
      subscription.isNegotiated = true;
      if (this.#subscriptions.get(subscription.source.trackSid) === subscription) await this.#follow(subscription);
    }
  }

  async #tryConsume(source: SubscriberSource, mid: string): Promise<MediaConsumer | undefined> {
    try {
      return await this.#deps.transport.consume(source.producer, mid);
    } catch (cause) {
      this.#deps.subscriptionFailed(source.trackSid, cause);
      return undefined;
    }
  }

  async #follow({ consumer, settings, isNegotiated }: Subscription): Promise<void> {
    if (!isNegotiated) return;
    await (settings.isDisabled ? consumer.pause() : consumer.resume());
  }

  #run(task: () => Promise<void> | void): void {
    this.#queue.run(task).catch((cause: unknown) => {
      if (cause instanceof SfuError && cause.code === "ended") return;
      const error = cause instanceof SfuError ? cause : new SfuError("media_failed", "Subscribing failed", { cause });
      this.#deps.failed(error);
    });
  }
}
