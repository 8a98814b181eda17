import { Emitter, type Happening, type ReadonlySignal, type Scope, signal, type WritableSignal } from "@conclave/kit";
import type { EndReason } from "@conclave/livekit-wire";

import { CallError } from "../errors.ts";
import type {
  PublishOptions,
  SfuClient,
  SfuConnection,
  SfuConnectionState,
  SfuConnectOptions,
  SfuGrant,
  SfuLocalTrack,
  SfuParticipant,
  SfuPublication,
  TrackGuard,
  TrackSource,
} from "../sfu/ports.ts";
import { type FakeFrame, FakeRtpEnd, fakeTrack } from "./fakeTracks.ts";

interface PublishedTrack {
  readonly sid: string;
  readonly source: TrackSource;
  readonly sender: FakeRtpEnd;
  isMuted: boolean;
}

/** A frame that the SFU has forwarded: what a person who taps it sees. */
export interface SeenFrame extends FakeFrame {
  readonly identity: string;
  readonly source: TrackSource;
}

/** A frame that came through a receiver: what a decoder would show. */
export interface ShownFrame {
  readonly by: string;
  readonly from: string;
  readonly source: TrackSource;
  readonly payload: string;
}

/**
 * An SFU in memory: rooms by name, participants by identity, frames forwarded when a test says `pump`. It can be full,
 * go down, come back, cut off or throw out a participant.
 */
export class FakeSfu implements SfuClient {
  isFull = false;
  /** Everything that was forwarded. */
  readonly seen: SeenFrame[] = [];
  /** Everything that was shown. */
  readonly shown: ShownFrame[] = [];
  readonly connections: Set<FakeSfuConnection> = new Set();
  connectCount = 0;
  #isDown = false;
  #serial = 0;

  async connect(grant: SfuGrant, options: SfuConnectOptions, scope: Scope): Promise<SfuConnection> {
    this.connectCount += 1;
    await Promise.resolve();
    if (this.#isDown) throw new CallError("sfu_unreachable", "The fake is down", { retryable: true });
    if (this.isFull) throw new CallError("sfu_full", "The fake is full", { retryable: true });
    this.#find(grant.room, grant.identity)?.end("duplicate_identity");
    const connection = new FakeSfuConnection(this, grant, options);
    this.connections.add(connection);
    scope.onEnd(() => connection.end("left"));
    this.refresh(grant.room);
    return connection;
  }

  /** Every connection is lost and none can be made, as after SIGKILL. */
  goDown(): void {
    this.#isDown = true;
    for (const connection of Array.from(this.connections)) connection.end("failed");
  }

  comeUp(): void {
    this.#isDown = false;
  }

  /** Ends the participant's connection, as an administrator or the server would. */
  end(identity: string, reason: EndReason): void {
    for (const connection of Array.from(this.connections)) {
      if (connection.ownIdentity === identity) connection.end(reason);
    }
  }

  /** Breaks the participant's signalling, which resumes at `heal`. */
  cut(identity: string): void {
    for (const connection of this.connections)
      if (connection.ownIdentity === identity) connection.setState("reconnecting");
  }

  heal(identity: string): void {
    for (const connection of this.connections)
      if (connection.ownIdentity === identity) connection.setState("connected");
  }

  /** Each published, unmuted track sends one frame, which is forwarded to everybody else in the room. */
  pump(payload = "frame"): void {
    for (const from of this.connections) {
      for (const track of from.published.values()) {
        const frame = track.isMuted ? undefined : track.sender.transformFrame({ payload });
        if (frame) this.#forward(from, track, frame);
      }
    }
  }

  /** What a hostile SFU can do: puts a frame of its own in place of each published track of that source. */
  forge(source: TrackSource, frame: FakeFrame): void {
    for (const from of this.connections) {
      for (const track of from.published.values()) if (track.source === source) this.#forward(from, track, frame);
    }
  }

  nextSid(): string {
    return `TR_${(this.#serial += 1)}`;
  }

  /** Lets everybody in a room see who publishes what now. */
  refresh(room: string): void {
    const inRoom = [...this.connections].filter((connection) => connection.room === room);
    for (const connection of inRoom) connection.showOthers(inRoom.filter((other) => other !== connection));
  }

  #find(room: string, identity: string): FakeSfuConnection | undefined {
    return [...this.connections].find((known) => known.room === room && known.ownIdentity === identity);
  }

  #forward(from: FakeSfuConnection, track: PublishedTrack, frame: FakeFrame): void {
    const { source } = track;
    this.seen.push({ ...frame, identity: from.ownIdentity, source });
    for (const to of this.connections) {
      if (to === from || to.room !== from.room) continue;
      const payload = to.receive(track.sid, frame)?.payload;
      if (payload !== undefined) this.shown.push({ by: to.ownIdentity, from: from.ownIdentity, source, payload });
    }
  }
}

interface Received {
  readonly receiver: FakeRtpEnd;
  /** Absent if the guard refused the receiver. */
  readonly track?: MediaStreamTrack;
}

/** One participant on `FakeSfu`. */
export class FakeSfuConnection implements SfuConnection {
  readonly ownIdentity: string;
  readonly room: string;
  readonly published: Map<string, PublishedTrack> = new Map();
  /** Sizes told by the view, by sid. */
  readonly videoSizes: Map<string, { readonly width: number; readonly height: number }> = new Map();
  readonly ownIsSpeaking: WritableSignal<boolean> = signal(false);
  readonly #sfu: FakeSfu;
  readonly #options: SfuConnectOptions;
  readonly #state: WritableSignal<SfuConnectionState> = signal<SfuConnectionState>("connected");
  readonly #participants: WritableSignal<readonly SfuParticipant[]> = signal<readonly SfuParticipant[]>([]);
  readonly #ended = new Emitter<{ readonly reason: EndReason }>();
  readonly #received = new Map<string, Received>();

  constructor(sfu: FakeSfu, grant: SfuGrant, options: SfuConnectOptions) {
    this.#sfu = sfu;
    this.#options = options;
    this.ownIdentity = grant.identity;
    this.room = grant.room;
  }

  get state(): ReadonlySignal<SfuConnectionState> {
    return this.#state;
  }

  get participants(): ReadonlySignal<readonly SfuParticipant[]> {
    return this.#participants;
  }

  get ended(): Happening<{ readonly reason: EndReason }> {
    return this.#ended;
  }

  async publish(track: MediaStreamTrack, { source, isMuted = false }: PublishOptions): Promise<SfuLocalTrack> {
    if (track.readyState === "ended") throw new CallError("publish_failed", "The track has ended");
    const sender = new FakeRtpEnd();
    this.#options.guard.protectSender(sender as unknown as RTCRtpSender, {
      source,
      codec: track.kind === "audio" ? "opus" : "vp8",
    });
    const published: PublishedTrack = { sid: this.#sfu.nextSid(), source, sender, isMuted };
    await Promise.resolve();
    if (this.#state.get() === "ended") throw new CallError("publish_failed", "The connection has ended");
    this.published.set(published.sid, published);
    this.#sfu.refresh(this.room);
    return this.#localTrack(published);
  }

  setVideoSize(sid: string, size: { readonly width: number; readonly height: number }): void {
    this.videoSizes.set(sid, size);
  }

  setState(state: "connected" | "reconnecting"): void {
    if (this.#state.get() !== "ended") this.#state.set(state);
  }

  end(reason: EndReason): void {
    if (this.#state.get() === "ended") return;
    this.#ended.emit({ reason });
    this.#state.set("ended");
    this.#participants.set([]);
    this.published.clear();
    this.#sfu.connections.delete(this);
    this.#sfu.refresh(this.room);
  }

  receive(sid: string, frame: FakeFrame): FakeFrame | undefined {
    const received = this.#received.get(sid);
    return received?.track && received.receiver.transformFrame(frame);
  }

  showOthers(others: readonly FakeSfuConnection[]): void {
    this.#participants.set(
      others.map((other) => ({
        identity: other.ownIdentity,
        publications: Array.from(other.published.values(), (track) => this.#publication(other.ownIdentity, track)),
        isSpeaking: other.ownIsSpeaking.get(),
        audioLevel: other.ownIsSpeaking.get() ? 1 : 0,
        quality: "good" as const,
      })),
    );
  }

  #publication(identity: string, { sid, source, isMuted }: PublishedTrack): SfuPublication {
    const known = this.#received.get(sid) ?? this.#subscribe(identity, sid, source);
    return { sid, source, isMuted, track: known.track };
  }

  #subscribe(identity: string, sid: string, source: TrackSource): Received {
    const receiver = new FakeRtpEnd();
    const kind = source === "camera" || source === "screen_share" ? "video" : "audio";
    const codec = kind === "audio" ? "opus" : "vp8";
    const track = fakeTrack(kind);
    const received = this.#isGuarded(receiver, { identity, source, codec }) ? { receiver, track } : { receiver };
    this.#received.set(sid, received);
    return received;
  }

  #isGuarded(receiver: FakeRtpEnd, track: Parameters<TrackGuard["protectReceiver"]>[1]): boolean {
    try {
      this.#options.guard.protectReceiver(receiver as unknown as RTCRtpReceiver, track);
      return true;
    } catch {
      return false;
    }
  }

  #localTrack(published: PublishedTrack): SfuLocalTrack {
    return {
      setMuted: async (isMuted) => {
        published.isMuted = isMuted;
        this.#sfu.refresh(this.room);
      },
      replaceTrack: () => Promise.resolve(),
      unpublish: async () => {
        this.published.delete(published.sid);
        this.#sfu.refresh(this.room);
      },
    };
  }
}
