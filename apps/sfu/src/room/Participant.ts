import type { DisconnectReason, ClientInfo_Capability } from "@livekit/protocol";
import type { AccessGrant } from "@conclave/livekit-wire";
import { Scope } from "@conclave/kit";

import type { DataDownlink } from "../data/DataDownlink.ts";
import type { PublisherPeer } from "../negotiation/PublisherPeer.ts";
import type { SubscriberPeer } from "../negotiation/SubscriberPeer.ts";
import type { ServerMessage, SignalSink } from "../signal/SignalSink.ts";
import { Mailbox } from "./Mailbox.ts";
import { openPolicy, type SubscriptionPolicy } from "./permissions.ts";
import type { Track } from "./Track.ts";

export type ParticipantState = "joined" | "active" | "disconnected";

/** What the client says about itself in the address of its socket. */
export interface ClientOptions {
  readonly isAutoSubscribing: boolean;
  readonly clientProtocol: number;
  readonly capabilities: readonly ClientInfo_Capability[];
}

/** The connections of a participant, once they exist. */
export interface ParticipantMedia {
  readonly publisher: PublisherPeer;
  readonly subscriber: SubscriberPeer;
  readonly downlink: DataDownlink;
}

/** What a subscriber has asked of one track. */
export interface TrackWish {
  /** Undefined: as auto-subscribe says. */
  readonly isWanted: boolean | undefined;
  readonly isDisabled: boolean;
  readonly size: { readonly width: number; readonly height: number; readonly quality: number; readonly fps: number };
}

/** Most requests of one client that may wait. */
export const MAX_WAITING_REQUESTS = 512;
/** Most tracks that one participant may announce at a time. */
export const MAX_TRACKS = 16;
/** Most tracks that a participant may have wishes about. */
export const MAX_WISHES = 4096;

export const defaultWish: TrackWish = {
  isWanted: undefined,
  isDisabled: false,
  size: { width: 0, height: 0, quality: 2, fps: 0 },
};

export interface ParticipantInit {
  readonly sid: string;
  readonly grant: AccessGrant;
  readonly client: ClientOptions;
  readonly joinedAtMs: number;
  readonly sink: SignalSink;
}

/** One connected person or program, from join to leave; survives changes of its socket. */
export class Participant {
  readonly sid: string;
  readonly grant: AccessGrant;
  readonly client: ClientOptions;
  readonly joinedAtMs: number;
  readonly scope: Scope = new Scope();
  readonly mailbox: Mailbox = new Mailbox(MAX_WAITING_REQUESTS);
  readonly tracks: Map<string, Track> = new Map();
  readonly wishes: Map<string, TrackWish> = new Map();
  readonly attributes: Map<string, string>;
  name: string;
  metadata: string;
  state: ParticipantState = "joined";
  policy: SubscriptionPolicy = openPolicy;
  disconnectReason: DisconnectReason | undefined;
  media: ParticipantMedia | undefined;
  /** Of the last reliable data packet that was accepted. */
  lastDataSequence = 0;
  #sink: SignalSink | undefined;
  #version = 0;

  constructor({ sid, grant, client, joinedAtMs, sink }: ParticipantInit) {
    this.sid = sid;
    this.grant = grant;
    this.client = client;
    this.joinedAtMs = joinedAtMs;
    this.name = grant.name;
    this.metadata = grant.metadata;
    this.attributes = new Map(Object.entries(grant.attributes));
    this.#sink = sink;
  }

  get identity(): string {
    return this.grant.identity;
  }

  get sink(): SignalSink | undefined {
    return this.#sink;
  }

  nextVersion(): number {
    this.#version += 1;
    return this.#version;
  }

  /** Sends, or drops while the client has no socket: a resume tells it everything anew. */
  send(message: ServerMessage): void {
    this.#sink?.send(message);
  }

  /** Moves to another socket and ends the previous one. */
  attach(sink: SignalSink): void {
    const previous = this.#sink;
    this.#sink = sink;
    previous?.end();
  }

  /** The socket has gone. */
  detach(sink: SignalSink): void {
    if (this.#sink === sink) this.#sink = undefined;
  }

  wishFor(trackSid: string): TrackWish {
    return this.wishes.get(trackSid) ?? defaultWish;
  }

  /** Ends connections and timers. Idempotent. */
  async end(): Promise<void> {
    this.state = "disconnected";
    this.mailbox.close();
    this.media?.publisher.close();
    this.media?.subscriber.close();
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end();
    await this.scope.end();
  }
}
