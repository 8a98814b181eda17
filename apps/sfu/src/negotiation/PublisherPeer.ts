import { SfuError } from "../errors.ts";
import type { MediaCapabilities, MediaKind, MediaProducer, PublisherTransport } from "../media/MediaPlane.ts";
import { parseSdp } from "./parseSdp.ts";
import { planAnswer, type SectionPlan, type WantedTrack, writeAnswer } from "./planAnswer.ts";

/** A track that was announced and may now be received. */
export interface ClaimedTrack {
  readonly sid: string;
  readonly wanted: WantedTrack;
  /** Test-only view on the packets. */
  readonly onPacket?: (packet: Buffer) => void;
}

export interface PublisherDeps {
  readonly transport: PublisherTransport;
  readonly capabilities: MediaCapabilities;
  readonly sessionId: number;
  /** Finds the announced track of a client id; by kind alone if the id is unknown. */
  readonly claim: (cid: string, kind: MediaKind) => ClaimedTrack | undefined;
}

export interface StartedTrack {
  readonly sid: string;
  readonly mid: string;
  readonly mimeType: string;
  readonly producer: MediaProducer;
}

/** What one offer has changed. Send `sdp`, then tell the others. */
export interface PublisherAnswer {
  readonly sdp: string;
  readonly started: readonly StartedTrack[];
  /** Sids of tracks that the client no longer sends. */
  readonly stopped: readonly string[];
}

interface Receiving {
  readonly cid: string;
  readonly sid: string;
  readonly producer: MediaProducer;
}

/** The server's end of the peer connection on which the client publishes. The client offers, we answer. */
export class PublisherPeer {
  readonly #deps: PublisherDeps;
  readonly #receiving = new Map<string, Receiving>();
  #iceUfrag: string | undefined;
  #version = 0;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /**
   * Receives what the offer sends. Producers exist before the answer does, so that no early packet is lost.
   *
   * @throws {SfuError} `sdp_malformed`, `media_failed`
   */
  async answer(offerSdp: string): Promise<PublisherAnswer> {
    const { transport, capabilities } = this.#deps;
    const offer = parseSdp(offerSdp);
    await this.#followTransport(offer.iceUfrag, () => transport.connect(offer.fingerprint));
    const plans = planAnswer(offer, capabilities, (cid) => this.#wantedOf(cid, offer.media));
    const stopped = this.#stopAbsent(plans);
    const started: StartedTrack[] = [];
    for (const plan of plans) {
      const track = await this.#start(plan);
      if (track) started.push(track);
    }
    this.#version += 1;
    const sdp = writeAnswer(plans, transport.description, { sessionId: this.#deps.sessionId, version: this.#version });
    return { sdp, started, stopped };
  }

  /** Stops receiving a track, from our side. */
  stop(sid: string): void {
    for (const [mid, receiving] of this.#receiving) {
      if (receiving.sid !== sid) continue;
      receiving.producer.close();
      this.#receiving.delete(mid);
    }
  }

  close(): void {
    this.#receiving.clear();
    this.#deps.transport.close();
  }

  async #followTransport(iceUfrag: string, connect: () => Promise<void>): Promise<void> {
    const isFirst = this.#iceUfrag === undefined;
    const isRestart = !isFirst && this.#iceUfrag !== iceUfrag;
    this.#iceUfrag = iceUfrag;
    if (isFirst) await connect();
    if (isRestart) await this.#deps.transport.restartIce();
  }

  #wantedOf(cid: string, media: readonly { trackId: string | undefined; kind: string }[]): WantedTrack | undefined {
    const kind = media.find(({ trackId }) => trackId === cid)?.kind;
    return kind === "audio" || kind === "video" ? this.#deps.claim(cid, kind)?.wanted : undefined;
  }

  #stopAbsent(plans: readonly SectionPlan[]): string[] {
    const present = new Map(plans.map((plan) => [plan.mid, plan.outcome === "receive" ? plan.cid : undefined]));
    const absent = [...this.#receiving].filter(([mid, { cid }]) => present.get(mid) !== cid);
    for (const [mid, { producer }] of absent) {
      producer.close();
      this.#receiving.delete(mid);
    }
    return absent.map(([, { sid }]) => sid);
  }

  async #start({ mid, cid, rtp }: SectionPlan): Promise<StartedTrack | undefined> {
    if (!rtp || this.#receiving.has(mid)) return undefined;
    const track = this.#deps.claim(cid, rtp.kind);
    if (!track || [...this.#receiving.values()].some(({ sid }) => sid === track.sid)) return undefined;
    const producer = await this.#deps.transport.produce(rtp.kind, rtp, track.onPacket);
    this.#receiving.set(mid, { cid, sid: track.sid, producer });
    const mimeType = rtp.codecs[0]?.mimeType;
    if (mimeType === undefined) throw new SfuError("media_failed", "A track without a codec");
    return { sid: track.sid, mid, mimeType, producer };
  }
}
