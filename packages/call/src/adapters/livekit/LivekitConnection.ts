import { Emitter, type Happening, type ReadonlySignal, type Scope, signal, type WritableSignal } from "@conclave/kit";
import { type EndReason, toEndReason } from "@conclave/livekit-wire";
import { Room, RoomEvent } from "livekit-client";

import { CallError } from "../../errors.ts";
import type {
  PublishOptions,
  SfuConnection,
  SfuConnectionState,
  SfuGrant,
  SfuLocalTrack,
  SfuParticipant,
  TrackGuard,
} from "../../sfu/ports.ts";
import type { LivekitClientSfuDeps } from "../livekitClientSfu.ts";
import { type GuardedTracks, guardTracks } from "./guardTracks.ts";
import { publishTrack } from "./LivekitLocalTrack.ts";
import { readParticipants } from "./readParticipants.ts";
import { connectOptions, roomOptions } from "./roomOptions.ts";
import { toConnectError } from "./sfuErrors.ts";
import { VideoSizes } from "./VideoSizes.ts";

interface OpenOptions {
  readonly grant: SfuGrant;
  readonly guard: TrackGuard;
}

/** One livekit-client room from its connection to its end. It is never restarted: a new one is made instead. */
export class LivekitConnection implements SfuConnection {
  readonly state: ReadonlySignal<SfuConnectionState>;
  readonly participants: ReadonlySignal<readonly SfuParticipant[]>;
  readonly ownIdentity: string;
  readonly ownIsSpeaking: ReadonlySignal<boolean>;
  readonly ended: Happening<{ readonly reason: EndReason }>;
  readonly #room: Room;
  readonly #guarded: GuardedTracks;
  readonly #sizes: VideoSizes;
  readonly #state: WritableSignal<SfuConnectionState> = signal<SfuConnectionState>("connecting");
  readonly #participants: WritableSignal<readonly SfuParticipant[]> = signal<readonly SfuParticipant[]>([]);
  readonly #ownIsSpeaking: WritableSignal<boolean> = signal(false);
  readonly #ended = new Emitter<{ readonly reason: EndReason }>();
  #isReadQueued = false;

  /** Resolves when signalling stands; media connect behind it, and tracks can be published at once. */
  static async open(deps: LivekitClientSfuDeps, options: OpenOptions, scope: Scope): Promise<LivekitConnection> {
    const room = new Room(roomOptions());
    const connection = new LivekitConnection(room, deps, options);
    scope.onEnd(() => connection.#close());
    // Announces GCM, so that other clients know; nothing of ours depends on what the SFU makes of it.
    await room.localParticipant.setE2EEEnabled(options.guard.isEncrypted);
    const signalled = new Promise<void>((resolve) => void room.once(RoomEvent.SignalConnected, resolve));
    const connected = room.connect(options.grant.url, options.grant.jwt, connectOptions());
    try {
      await Promise.race([signalled, connected]);
    } catch (fault) {
      throw toConnectError(fault);
    }
    // A failure from here on ends the room, which is told by its `Disconnected`.
    connected.catch((fault: unknown) => deps.logger.warn("sfu media failed", { code: toConnectError(fault).code }));
    if (scope.isEnded) throw new CallError("sfu_unreachable", "The connection was given up", { retryable: true });
    connection.#begin();
    return connection;
  }

  private constructor(room: Room, deps: LivekitClientSfuDeps, { grant, guard }: OpenOptions) {
    this.#room = room;
    this.ownIdentity = grant.identity;
    this.state = this.#state;
    this.participants = this.#participants;
    this.ownIsSpeaking = this.#ownIsSpeaking;
    this.ended = this.#ended;
    this.#sizes = new VideoSizes(room);
    this.#guarded = guardTracks(room, guard, deps.logger);
    this.#watchState();
    this.#watchParticipants();
  }

  publish(track: MediaStreamTrack, options: PublishOptions): Promise<SfuLocalTrack> {
    return publishTrack(this.#room, track, options);
  }

  setVideoSize(sid: string, size: { readonly width: number; readonly height: number }): void {
    this.#sizes.set(sid, size);
  }

  #begin(): void {
    if (this.#state.get() === "connecting") this.#state.set("connected");
    this.#read();
  }

  #watchState(): void {
    this.#room
      .on(RoomEvent.SignalReconnecting, () => this.#state.set("reconnecting"))
      .on(RoomEvent.Reconnected, () => this.#state.set("connected"))
      // livekit-client would begin again with the old token. A new connection gets a new one.
      .on(RoomEvent.Reconnecting, () => this.#finish("failed"))
      .on(RoomEvent.Disconnected, (reason) => this.#finish(toEndReason(reason)));
  }

  #watchParticipants(): void {
    const read = (): void => this.#queueRead();
    this.#room
      .on(RoomEvent.Connected, read)
      .on(RoomEvent.Reconnected, read)
      .on(RoomEvent.ParticipantConnected, read)
      .on(RoomEvent.ParticipantDisconnected, read)
      .on(RoomEvent.TrackPublished, read)
      .on(RoomEvent.TrackUnpublished, (publication) => {
        this.#sizes.forget(publication.trackSid);
        read();
      })
      .on(RoomEvent.TrackSubscribed, (_track, publication) => {
        this.#sizes.apply(publication);
        read();
      })
      .on(RoomEvent.TrackUnsubscribed, read)
      .on(RoomEvent.TrackMuted, read)
      .on(RoomEvent.TrackUnmuted, read)
      .on(RoomEvent.ConnectionQualityChanged, read)
      .on(RoomEvent.ActiveSpeakersChanged, read);
  }

  /** Many events come in one task; people are read once after them. */
  #queueRead(): void {
    if (this.#isReadQueued) return;
    this.#isReadQueued = true;
    queueMicrotask(() => {
      this.#isReadQueued = false;
      this.#read();
    });
  }

  #read(): void {
    if (this.#state.get() === "ended") return;
    this.#participants.set(readParticipants(this.#room, this.#guarded));
    this.#ownIsSpeaking.set(this.#room.localParticipant.isSpeaking);
  }

  #finish(reason: EndReason): void {
    if (this.#state.get() === "ended") return;
    this.#ended.emit({ reason });
    this.#participants.set([]);
    this.#state.set("ended");
    void this.#close();
  }

  async #close(): Promise<void> {
    // Tracks are their giver's, so they are not stopped.
    await this.#room.disconnect(false);
    this.#finish("left");
    this.#room.removeAllListeners();
  }
}
