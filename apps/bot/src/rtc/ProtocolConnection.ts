import type { PublishOptions, SfuConnection, SfuGrant, SfuLocalTrack, TrackGuard } from "@conclave/call";
import type { CancelTimer, Clock, Logger, Scope } from "@conclave/kit";
import type { EndReason } from "@conclave/livekit-wire";
import {
  DisconnectReason,
  type JoinResponse,
  LeaveRequest,
  LeaveRequest_Action,
  SessionDescription,
  SignalTarget,
  TrickleRequest,
  UpdateSubscription,
  UpdateTrackSettings,
  VideoQuality,
} from "@livekit/protocol";

import { ConnectionFacts, type People } from "../sfu/ConnectionFacts.ts";
import type { WireCount } from "../sfu/WireCount.ts";
import { ParticipantBook } from "./ParticipantBook.ts";
import { Publications } from "./Publications.ts";
import { PublisherPeer } from "./PublisherPeer.ts";
import { ReceivedTracks } from "./ReceivedTracks.ts";
import type { ReceivedTrack, RtcObserver, SentTrack } from "./RtcObserver.ts";
import { readLeave } from "./signal/signalErrors.ts";
import { type ServerMessage, SignalSocket } from "./signal/SignalSocket.ts";
import { SubscriberPeer } from "./SubscriberPeer.ts";

export interface ConnectionDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: RtcObserver;
  readonly wire: WireCount;
}

/** As long as media may take to come up; livekit-client waits as long. */
const MEDIA_TIMEOUT_MS = 15_000;

/**
 * One participation from its join to its end. It does not resume: when signalling or media are lost it is `ended` as
 * `failed`, and whoever holds it connects anew with a new grant, as a client does after a restart of the SFU.
 */
export class ProtocolConnection implements SfuConnection {
  readonly #facts = new ConnectionFacts(() => this.#readPeople());
  readonly state: SfuConnection["state"] = this.#facts.state;
  readonly participants: SfuConnection["participants"] = this.#facts.participants;
  readonly ownIdentity: string;
  readonly ownIsSpeaking: SfuConnection["ownIsSpeaking"] = this.#facts.ownIsSpeaking;
  readonly ended: SfuConnection["ended"] = this.#facts.ended;
  readonly #deps: ConnectionDeps;
  readonly #socket: SignalSocket;
  readonly #book: ParticipantBook;
  readonly #tracks: ReceivedTracks;
  readonly #publications: Publications;
  readonly #subscriber: SubscriberPeer;
  readonly #publisher: PublisherPeer;
  #cancelMediaTimeout: CancelTimer;

  /** @throws {CallError} as `SfuClient.connect` */
  static async open(
    deps: ConnectionDeps,
    { grant, guard }: { readonly grant: SfuGrant; readonly guard: TrackGuard },
    scope: Scope,
  ): Promise<ProtocolConnection> {
    const { socket, join } = await SignalSocket.open(grant, deps.clock, scope.signal);
    const connection = new ProtocolConnection(deps, { socket, join, guard, identity: grant.identity });
    connection.#begin(join);
    scope.onEnd(() => connection.#leave());
    return connection;
  }

  private constructor(
    deps: ConnectionDeps,
    options: {
      readonly socket: SignalSocket;
      readonly join: JoinResponse;
      readonly guard: TrackGuard;
      readonly identity: string;
    },
  ) {
    const { socket, join, guard, identity } = options;
    const { clock, logger, observer, wire } = deps;
    this.#deps = deps;
    this.#socket = socket;
    this.ownIdentity = join.participant?.identity || identity;
    this.#book = new ParticipantBook(join.participant?.sid ?? "");
    this.#tracks = new ReceivedTracks({ guard, observer, wire, findTrack: (sid) => this.#book.findTrack(sid) });
    const failed = (): void => this.#finish("failed");
    this.#subscriber = new SubscriberPeer({
      clock,
      logger,
      tracks: this.#tracks,
      answer: (sdp, id) => {
        socket.send({ case: "answer", value: new SessionDescription({ type: "answer", sdp, id }) });
        // Messages are answered in order: its pong says that the answer has been taken.
        socket.ping();
      },
      candidate: (candidate, mid) => this.#trickle(SignalTarget.SUBSCRIBER, candidate, mid),
      changed: (sids) => this.#touch(sids),
      connected: () => this.#cancelMediaTimeout(),
      failed,
    });
    this.#publisher = new PublisherPeer({
      clock,
      logger,
      offer: (sdp, id) => socket.send({ case: "offer", value: new SessionDescription({ type: "offer", sdp, id }) }),
      candidate: (candidate, mid) => this.#trickle(SignalTarget.PUBLISHER, candidate, mid),
      failed,
    });
    const send = socket.send.bind(socket);
    this.#publications = new Publications({ clock, guard, peer: this.#publisher, wire, send });
    this.#cancelMediaTimeout = clock.after(MEDIA_TIMEOUT_MS, () => this.#mediaMissing());
  }

  publish(track: MediaStreamTrack, options: PublishOptions): Promise<SfuLocalTrack> {
    return this.#publications.publish(track, options);
  }

  setVideoSize(sid: string, { width, height }: { readonly width: number; readonly height: number }): void {
    const isShown = width > 0 && height > 0;
    const size = isShown ? { width: Math.round(width), height: Math.round(height), quality: VideoQuality.HIGH } : {};
    this.#socket.send({
      case: "trackSetting",
      value: new UpdateTrackSettings({ trackSids: [sid], disabled: !isShown, ...size }),
    });
  }

  /** Asks the SFU not to send a track any more, as no client of ours would: for sabotage. */
  unsubscribe(trackSid: string): void {
    this.#socket.send({
      case: "subscription",
      value: new UpdateSubscription({ trackSids: [trackSid], subscribe: false }),
    });
  }

  /** Counters of all tracks that came, also of those that have gone. */
  receivedTracks(): readonly ReceivedTrack[] {
    return this.#tracks.read();
  }

  /** Counters of the tracks that are published now. */
  sentTracks(): readonly SentTrack[] {
    return this.#publications.read();
  }

  /** Is gone without a word to anybody, as a killed process is. */
  vanish(): void {
    this.#socket.cut();
    this.#finish("left");
  }

  #begin(join: JoinResponse): void {
    this.#book.update(join.otherParticipants);
    this.#facts.setState("connected");
    this.#facts.read();
    const ping = { intervalMs: join.pingInterval * 1_000, timeoutMs: join.pingTimeout * 1_000 };
    this.#socket.listen(
      {
        received: (message) => this.#receive(message),
        lost: () => this.#finish("failed"),
      },
      ping,
    );
  }

  #receive(message: ServerMessage): void {
    if (this.#facts.isEnded) return;
    try {
      this.#handle(message);
    } catch {
      // Only descriptions can fail, and the fault may hold addresses.
      this.#deps.logger.warn("sfu message not usable", { case: message.case });
      this.#finish("failed");
    }
  }

  #handle(message: ServerMessage): void {
    switch (message.case) {
      case "offer":
        return this.#subscriber.offer(message.value);
      case "answer":
        return this.#publisher.answer(message.value.sdp, message.value.id);
      case "trickle":
        return this.#addCandidate(message.value);
      case "trackPublished":
        return this.#publications.published(message.value);
      case "requestResponse":
        return this.#publications.refused(message.value);
      case "mute":
        return this.#publications.muted(message.value);
      case "trackUnpublished":
        return this.#publications.unpublished(message.value.trackSid);
      case "pongResp":
        return this.#subscriber.answerTaken();
      case "leave":
        return this.#finish(readLeave(message.value));
      default:
        return this.#note(message);
    }
  }

  /** What the signalling tells about the others. Unknown and unneeded messages are ignored. */
  #note(message: ServerMessage): void {
    switch (message.case) {
      case "update":
        this.#book.update(message.value.participants);
        this.#touch(this.#tracks.identify());
        return;
      case "speakersChanged":
        this.#book.setSpeakers(message.value.speakers);
        return this.#facts.queueRead();
      case "connectionQuality":
        this.#book.setQualities(message.value.updates);
        return this.#facts.queueRead();
      default:
    }
  }

  #addCandidate({ candidateInit, target }: TrickleRequest): void {
    const { candidate, sdpMid } = JSON.parse(candidateInit) as { candidate?: string; sdpMid?: string };
    if (!candidate) return;
    const peer = target === SignalTarget.PUBLISHER ? this.#publisher : this.#subscriber;
    peer.addCandidate(candidate, sdpMid ?? "0");
  }

  #trickle(target: SignalTarget, candidate: string, mid: string): void {
    const candidateInit = JSON.stringify({ candidate, sdpMid: mid, sdpMLineIndex: 0 });
    this.#socket.send({ case: "trickle", value: new TrickleRequest({ candidateInit, target }) });
  }

  #touch(trackSids: readonly string[]): void {
    for (const sid of trackSids) this.#book.touch(sid);
    this.#facts.queueRead();
  }

  #readPeople(): People {
    return {
      participants: this.#book.view((sid) => this.#tracks.mediaStreamTrack(sid)),
      ownIsSpeaking: this.#book.ownIsSpeaking,
    };
  }

  #mediaMissing(): void {
    this.#deps.logger.warn("sfu media did not come up");
    this.#finish("failed");
  }

  async #leave(): Promise<void> {
    if (!this.#facts.isEnded) {
      const value = new LeaveRequest({
        reason: DisconnectReason.CLIENT_INITIATED,
        action: LeaveRequest_Action.DISCONNECT,
      });
      this.#socket.send({ case: "leave", value });
      this.#finish("left");
    }
    await this.#socket.close();
  }

  #finish(reason: EndReason): void {
    if (!this.#facts.end(reason)) return;
    this.#cancelMediaTimeout();
    this.#publications.end();
    this.#publisher.close();
    this.#subscriber.close();
    this.#tracks.end();
    void this.#socket.close();
  }
}
