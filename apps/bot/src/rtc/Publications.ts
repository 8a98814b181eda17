import { randomUUID } from "node:crypto";

import { CallError, type PublishOptions, type SfuLocalTrack, type TrackGuard } from "@conclave/call";
import type { Clock } from "@conclave/kit";
import {
  AddTrackRequest,
  Encryption_Type,
  MuteTrackRequest,
  type RequestResponse,
  type TrackPublishedResponse,
  TrackType,
} from "@livekit/protocol";

import type { WireCount } from "../sfu/WireCount.ts";
import { browserTypes } from "./browserTypes.ts";
import { LocalTrack } from "./LocalTrack.ts";
import { pacerOf } from "./Pacer.ts";
import type { ProtocolTrack } from "./ProtocolTrack.ts";
import type { PublisherPeer, SendSlot } from "./PublisherPeer.ts";
import { Replies } from "./Replies.ts";
import type { SentTrack } from "./RtcObserver.ts";
import type { ClientMessage } from "./signal/SignalSocket.ts";
import { toLivekitSource } from "./sources.ts";

export interface PublicationsDeps {
  readonly clock: Clock;
  readonly guard: TrackGuard;
  readonly peer: PublisherPeer;
  readonly wire: WireCount;
  readonly send: (message: ClientMessage) => void;
}

interface Published {
  readonly local: LocalTrack;
  readonly slot: SendSlot;
}

const TRACK_PUBLISHED_TIMEOUT_MS = 10_000;

/** The tracks that we publish. @see livekit.md 2.6 */
export class Publications {
  readonly #deps: PublicationsDeps;
  readonly #announced: Replies<string, string>;
  readonly #published = new Map<string, Published>();
  #isEnded = false;

  constructor(deps: PublicationsDeps) {
    this.#deps = deps;
    this.#announced = new Replies(deps.clock, () => new Error("The SFU does not take the track"));
  }

  /** Resolves when the SFU is ready to receive. @throws {CallError} `publish_failed` */
  async publish(track: MediaStreamTrack, { source, isMuted = false }: PublishOptions): Promise<SfuLocalTrack> {
    try {
      const given = browserTypes.fromMediaStreamTrack(track);
      if (this.#isEnded) throw new Error("The connection has ended");
      if (given.readyState === "ended") throw new Error("The track has ended");
      const local = new LocalTrack(given, source, {
        clock: this.#deps.clock,
        pacer: pacerOf(this.#deps.clock),
        wire: this.#deps.wire,
        isMuted,
      });
      const codec = local.kind === "audio" ? "opus" : "vp8";
      this.#deps.guard.protectSender(browserTypes.asRtcSender(local), { source, codec });
      return await this.#announce(given, local);
    } catch (cause) {
      throw new CallError("publish_failed", "The SFU did not take the track", { cause, retryable: true });
    }
  }

  published({ cid, track }: TrackPublishedResponse): void {
    if (track) this.#announced.answer(cid, track.sid);
  }

  refused({ request }: RequestResponse): void {
    if (request.case === "addTrack") this.#announced.refuse(request.value.cid);
  }

  /** The server has muted one of our tracks, or lets it speak again. */
  muted({ sid, muted }: MuteTrackRequest): void {
    this.#published.get(sid)?.local.setMuted(muted);
  }

  /** The server has taken one of our tracks off. */
  unpublished(sid: string): void {
    this.#published.get(sid)?.local.stop();
  }

  read(): readonly SentTrack[] {
    return Array.from(this.#published.values(), ({ local }) => local.read());
  }

  end(): void {
    this.#isEnded = true;
    this.#announced.refuseAll();
    for (const { local } of this.#published.values()) local.stop();
    this.#published.clear();
  }

  async #announce(given: ProtocolTrack, local: LocalTrack): Promise<SfuLocalTrack> {
    const { guard, peer, send } = this.#deps;
    const cid = randomUUID();
    const announced = this.#announced.wait(cid, TRACK_PUBLISHED_TIMEOUT_MS);
    const size = given.source?.size;
    const value = new AddTrackRequest({
      cid,
      type: local.kind === "audio" ? TrackType.AUDIO : TrackType.VIDEO,
      source: toLivekitSource(local.source),
      muted: local.isMuted,
      encryption: guard.isEncrypted ? Encryption_Type.GCM : Encryption_Type.NONE,
      disableRed: true,
      ...(size && { width: size.width, height: size.height }),
    });
    send({ case: "addTrack", value });
    const sid = await announced;
    const slot = await peer.add(local.kind, cid);
    if (this.#isEnded) throw new Error("The connection has ended");
    this.#published.set(sid, { local, slot });
    local.start(slot, sid);
    return this.#handle(sid, { local, slot });
  }

  #handle(sid: string, { local, slot }: Published): SfuLocalTrack {
    const { peer, send } = this.#deps;
    return {
      setMuted: async (isMuted) => {
        local.setMuted(isMuted);
        send({ case: "mute", value: new MuteTrackRequest({ sid, muted: isMuted }) });
      },
      replaceTrack: async (track) => local.replace(browserTypes.fromMediaStreamTrack(track)),
      unpublish: async () => {
        if (!this.#published.delete(sid)) return;
        local.stop();
        await peer.remove(slot);
      },
    };
  }
}
