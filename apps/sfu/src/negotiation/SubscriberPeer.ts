import { type CancelTimer, type Clock, Scope } from "@conclave/kit";

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

/**
 * `always`: browsers. `otherTracks`: libwebrtc below LiveKit's native SDKs tells nobody when a section carries the very track
 * again that it carried before. `never`: Safari.
 */
export type SectionReuse = "always" | "otherTracks" | "never";

export interface SubscriberDeps {
  readonly transport: SubscriberTransport;
  readonly clock: Clock;
  readonly sessionId: number;
  readonly sendOffer: (offer: SubscriberOffer) => void;
  /** A track cannot be sent to this client, or has just gone. */
  readonly subscriptionFailed: (trackSid: string, cause: unknown) => void;
  /** Whether a section that is free may carry a track again. */
  readonly sectionReuse: SectionReuse;
  /** The client has taken the offer of a track: what comes of it can be seen and heard. */
  readonly subscribed: (trackSid: string) => void;
  /** A video is not sent for want of bandwidth, or is again. */
  readonly starved: (source: SubscriberSource, isStarved: boolean) => void;
  /** The client does not answer, or the media plane fails: it has to start anew. */
  readonly failed: (error: SfuError) => void;
}

/** A published track, as far as a subscriber needs it. */
export interface SubscriberSource {
  readonly participantSid: string;
  readonly trackSid: string;
  readonly kind: MediaKind;
  readonly isStereo: boolean;
  /** Before cameras, when bandwidth is short. */
  readonly isScreen: boolean;
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
  /** What it carries now or carried last. */
  lastTrackSid: string;
  isStereo: boolean;
  rtp: OfferSection["rtp"];
}

const OFFER_DELAY_MS = 20;
const ANSWER_TIMEOUT_MS = 15_000;
const MAX_WAITING_TASKS = 4096;
/** Who is served first when bandwidth is short, of the media plane's 255. Sound has no layers and always comes first. */
const PRIORITY = { speaker: 3, screen: 2, other: 1 } as const;
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
  readonly #scope = new Scope();
  /** Sids of those who speak. */
  #speakers: ReadonlySet<string> = new Set();
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
      const free = this.#findFree(source);
      const mid = free?.mid ?? String(this.#sections.length + 1);
      const consumer = await this.#tryConsume(source, mid);
      if (!consumer) return;
      const { participantSid, trackSid, kind, isStereo } = source;
      const occupant = { participantSid, trackSid };
      const use = { rtp: consumer.rtp, occupant, isStereo, lastTrackSid: trackSid };
      if (free) Object.assign(free, use);
      else this.#sections.push({ mid, kind, ...use });
      this.#subscriptions.set(trackSid, { source, consumer, settings, isNegotiated: false });
      consumer.starved.on(this.#scope, (isStarved) => this.#deps.starved(source, isStarved));
      await consumer.setPriority(this.#priorityOf(source));
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

  /** Serves videos of those who speak before others, when bandwidth is short. */
  favour(speakers: ReadonlySet<string>): void {
    this.#run(async () => {
      const before = this.#speakers;
      this.#speakers = speakers;
      for (const { source, consumer } of this.#subscriptions.values()) {
        const hasChanged = before.has(source.participantSid) !== speakers.has(source.participantSid);
        if (hasChanged && source.kind === "video") await consumer.setPriority(this.#priorityOf(source));
      }
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
    void this.#scope.end();
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
      const { trackSid } = subscription.source;
      const isNew = !subscription.isNegotiated;
      subscription.isNegotiated = true;
      if (this.#subscriptions.get(trackSid) !== subscription) continue;
      await this.#follow(subscription);
      if (isNew) this.#deps.subscribed(trackSid);
    }
  }

  #findFree({ kind, trackSid }: SubscriberSource): Section | undefined {
    const { sectionReuse } = this.#deps;
    if (sectionReuse === "never") return undefined;
    const free = this.#sections.filter((section) => section.kind === kind && !section.occupant);
    return sectionReuse === "always" ? free[0] : free.find(({ lastTrackSid }) => lastTrackSid !== trackSid);
  }

  #priorityOf({ participantSid, isScreen }: SubscriberSource): number {
    if (this.#speakers.has(participantSid)) return PRIORITY.speaker;
    return isScreen ? PRIORITY.screen : PRIORITY.other;
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
