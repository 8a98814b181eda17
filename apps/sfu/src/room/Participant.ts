import type { DisconnectReason, ClientInfo_Capability } from "@livekit/protocol";
import type { AccessGrant } from "@conclave/livekit-wire";
import { Emitter, type Happening, Scope } from "@conclave/kit";

import type { DataDownlink } from "../data/DataDownlink.ts";
import type { PublisherPeer } from "../negotiation/PublisherPeer.ts";
import type { SectionReuse, SubscriberPeer } from "../negotiation/SubscriberPeer.ts";
import type { ServerMessage, SignalSink } from "../signal/SignalSink.ts";
import { Mailbox } from "./Mailbox.ts";
import { openPolicy, type SubscriptionPolicy } from "./permissions.ts";
import type { Track } from "./Track.ts";

export type ParticipantState = "joined" | "active" | "disconnected";

/** What the client says about itself in the address of its socket. */
export interface ClientOptions {
  readonly isAutoSubscribing: boolean;
  readonly sectionReuse: SectionReuse;
  readonly clientProtocol: number;
  readonly capabilities: readonly ClientInfo_Capability[];
}

/** The connections of a participant, once they exist. */
export interface ParticipantMedia {
  readonly publisher: PublisherPeer;
  readonly subscriber: SubscriberPeer;
  readonly downlink: DataDownlink;
  /** All that the client has ever sent over both. @throws {SfuError} `media_failed` */
  receivedBytes(): Promise<number>;
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

export const defaultWish: TrackWish = {
  isWanted: undefined,
  isDisabled: false,
  size: { width: 0, height: 0, quality: 2, fps: 0 },
};

/** What may change about a participant while it is there. */
export interface ParticipantChange {
  readonly name?: string;
  readonly metadata?: string;
  /** An empty value deletes the key. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly grant?: AccessGrant;
}

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
  readonly client: ClientOptions;
  readonly joinedAtMs: number;
  readonly scope: Scope = new Scope();
  readonly mailbox: Mailbox = new Mailbox(MAX_WAITING_REQUESTS);
  readonly tracks: Map<string, Track> = new Map();
  /** Bounded by the limit of subscriptions. */
  /** Sids of published tracks that it knows it may not have. */
  readonly denied: Set<string> = new Set();
  readonly wishes: Map<string, TrackWish> = new Map();
  /** Sids of the tracks that it receives, or is about to. */
  readonly received: Set<string> = new Set();
  readonly attributes: Map<string, string>;
  name: string;
  metadata: string;
  state: ParticipantState = "joined";
  /** Its connection has been up at some time. */
  wasActive = false;
  policy: SubscriptionPolicy = openPolicy;
  disconnectReason: DisconnectReason | undefined;
  media: ParticipantMedia | undefined;
  /** Of the last reliable data packet that was accepted. */
  lastDataSequence = 0;
  readonly #grantChanged = new Emitter<void>();
  #grant: AccessGrant;
  #sink: SignalSink | undefined;
  #version = 0;

  constructor({ sid, grant, client, joinedAtMs, sink }: ParticipantInit) {
    this.sid = sid;
    this.#grant = grant;
    this.client = client;
    this.joinedAtMs = joinedAtMs;
    this.name = grant.name;
    this.metadata = grant.metadata;
    this.attributes = new Map(Object.entries(grant.attributes));
    this.#sink = sink;
  }

  get identity(): string {
    return this.#grant.identity;
  }

  /** What it may do now: of its token, or as an administrator has changed it. */
  get grant(): AccessGrant {
    return this.#grant;
  }

  /** Its next token says something else than its last one. */
  get grantChanged(): Happening<void> {
    return this.#grantChanged;
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

  /** Takes over a change. Telling others and undoing what is not allowed any more is the room's. */
  change({ name, metadata, attributes = {}, grant = this.#grant }: ParticipantChange): void {
    this.name = name ?? this.name;
    this.metadata = metadata ?? this.metadata;
    for (const [key, value] of Object.entries(attributes)) {
      if (value === "") this.attributes.delete(key);
      else this.attributes.set(key, value);
    }
    const known = { name: this.name, metadata: this.metadata, attributes: Object.fromEntries(this.attributes) };
    this.#grant = { ...grant, ...known };
    this.#grantChanged.emit();
  }

  /** Takes over a wish about a track; a new one only while there are fewer than `limit`. */
  wish(trackSid: string, change: Partial<TrackWish>, limit: number): void {
    if (this.wishes.size >= limit && !this.wishes.has(trackSid)) return;
    this.wishes.set(trackSid, { ...this.wishFor(trackSid), ...change });
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
