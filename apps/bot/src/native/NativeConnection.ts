import { type RemoteParticipant, type RemoteTrackPublication, Room, RoomEvent } from "@livekit/rtc-node";
import {
  CallError,
  type PublishOptions,
  type SfuConnection,
  type SfuGrant,
  type SfuLocalTrack,
  type TrackGuard,
} from "@conclave/call";
import type { MediaKind } from "@conclave/frame-crypto";
import type { Clock, Logger, Scope } from "@conclave/kit";
import { type EndReason, toEndReason } from "@conclave/livekit-wire";

import { ConnectionFacts, type People } from "../sfu/ConnectionFacts.ts";
import type { WireCount } from "../sfu/WireCount.ts";
import { carriedBy, countRoom } from "./countRoom.ts";
import { toConnectError } from "./libraryErrors.ts";
import { holdLibrary, libraryReady, requestE2ee, watchCryptors } from "./nativeLibrary.ts";
import type { NativeLedger } from "./NativeLedger.ts";
import { NativeLocalTrack } from "./NativeLocalTrack.ts";
import type { SenderKeys } from "./NativeSender.ts";
import { ReceivedTracks } from "./ReceivedTracks.ts";
import { readParticipants } from "./readParticipants.ts";
import { KEY_RING_SIZE, roomOptions } from "./roomOptions.ts";

export interface NativeConnectionDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: NativeLedger;
  /** A frame of ours was given to the encoder. */
  readonly captured: (kind: MediaKind) => void;
  readonly wire: WireCount;
}

interface OpenOptions {
  readonly grant: SfuGrant;
  readonly guard: TrackGuard;
}

/** One room of the library from its connection to its end. The library resumes and reconnects by itself. */
export class NativeConnection implements SfuConnection {
  readonly #facts = new ConnectionFacts(() => this.#readPeople());
  readonly state: SfuConnection["state"] = this.#facts.state;
  readonly participants: SfuConnection["participants"] = this.#facts.participants;
  readonly ownIdentity: string;
  readonly ownIsSpeaking: SfuConnection["ownIsSpeaking"] = this.#facts.ownIsSpeaking;
  readonly ended: SfuConnection["ended"] = this.#facts.ended;
  readonly #deps: NativeConnectionDeps;
  readonly #room = new Room();
  readonly #guard: TrackGuard;
  readonly #received: ReceivedTracks;
  readonly #local = new Set<NativeLocalTrack>();
  readonly #speakers = new Set<string>();
  readonly #releaseLibrary = holdLibrary();
  #unwatch: () => void = () => {};
  #closing: Promise<void> | undefined;

  /** @throws {CallError} `sfu_unreachable` */
  static async open(deps: NativeConnectionDeps, options: OpenOptions, scope: Scope): Promise<NativeConnection> {
    const connection = new NativeConnection(deps, options);
    scope.onEnd(() => connection.#close());
    await connection.#connect(options.grant);
    if (!scope.isEnded) return connection;
    await connection.#disconnect();
    throw new CallError("sfu_unreachable", "The connection was given up", { retryable: true });
  }

  private constructor(deps: NativeConnectionDeps, { grant, guard }: OpenOptions) {
    this.#deps = deps;
    this.#guard = guard;
    this.ownIdentity = grant.identity;
    this.#received = new ReceivedTracks({
      ...deps,
      guard,
      setKey: (identity, index, key) => this.#setKey(identity, index, key),
    });
    this.#room.setMaxListeners(0);
    this.#watchState();
    this.#watchTracks();
  }

  async publish(track: MediaStreamTrack, options: PublishOptions): Promise<SfuLocalTrack> {
    const { clock, captured } = this.#deps;
    const keys: SenderKeys = {
      setKey: (index, key) => this.#setKey(this.ownIdentity, index, key),
      useKey: (trackSid, index) => this.#useKey(trackSid, index),
    };
    const local = await NativeLocalTrack.publish(
      { clock, room: this.#room, guard: this.#guard, keys, captured },
      track,
      options,
    );
    this.#local.add(local);
    if (this.#facts.isEnded) await local.end();
    return local;
  }

  /** The library subscribes to whatever size the SFU sends. */
  setVideoSize(): void {}

  async #connect({ url, jwt }: SfuGrant): Promise<void> {
    try {
      await libraryReady();
      await this.#room.connect(url, jwt, roomOptions(this.#guard.isEncrypted));
    } catch {
      this.#finish("failed");
      await this.#close();
      throw toConnectError();
    }
    if (!this.#closing) this.#unwatch = this.#watchRoom();
    if (this.state.get() === "connecting") this.#facts.setState("connected");
    this.#facts.read();
  }

  #setKey(participantIdentity: string, keyIndex: number, key: Uint8Array<ArrayBuffer>): void {
    if (!this.#guard.isEncrypted || !this.#room.isConnected || keyIndex >= KEY_RING_SIZE) return;
    requestE2ee(this.#room, { case: "setKey", value: { participantIdentity, keyIndex, key } });
  }

  #useKey(trackSid: string, keyIndex: number): void {
    if (!this.#guard.isEncrypted || !this.#room.isConnected) return;
    const value = { participantIdentity: this.ownIdentity, trackSid, keyIndex };
    requestE2ee(this.#room, { case: "cryptorSetKeyIndex", value });
  }

  #watchRoom(): () => void {
    const { clock, wire } = this.#deps;
    const unwatch = watchCryptors(this.#room, (identity, state) => this.#received.noteCryptor(identity, state));
    const stopCounting = countRoom(clock, async () => carriedBy(await this.#room.getRtcStats()), wire);
    return () => {
      unwatch();
      stopCounting();
    };
  }

  #watchState(): void {
    this.#room
      .on(RoomEvent.Reconnecting, () => this.#showState("reconnecting"))
      .on(RoomEvent.Reconnected, () => this.#showState("connected"))
      .on(RoomEvent.LocalTrackRepublished, ({ sid }, previousSid) => {
        for (const local of this.#local) if (local.sid === previousSid) local.republished(sid ?? "");
      })
      .on(RoomEvent.Disconnected, (reason) => {
        this.#finish(toEndReason(reason));
        void this.#close();
      });
  }

  #watchTracks(): void {
    const read = (): void => this.#facts.queueRead();
    this.#room
      .on(RoomEvent.TrackSubscribed, (track, publication, participant) => {
        this.#received.add(track, publication, participant);
        read();
      })
      .on(RoomEvent.TrackUnsubscribed, (_track, publication) => this.#drop(publication))
      .on(RoomEvent.TrackUnpublished, (publication) => this.#drop(publication))
      .on(RoomEvent.ParticipantDisconnected, (participant) => this.#dropAll(participant))
      .on(RoomEvent.TrackMuted, ({ sid }) => {
        this.#received.muted(sid ?? "");
        read();
      })
      .on(RoomEvent.ActiveSpeakersChanged, (speakers) => {
        this.#speakers.clear();
        for (const { identity } of speakers) this.#speakers.add(identity);
        read();
      })
      .on(RoomEvent.TrackUnmuted, read)
      .on(RoomEvent.TrackPublished, read)
      .on(RoomEvent.ParticipantConnected, read);
  }

  #drop(publication: RemoteTrackPublication): void {
    this.#received.remove(publication.sid ?? "");
    this.#facts.queueRead();
  }

  #dropAll(participant: RemoteParticipant): void {
    for (const sid of participant.trackPublications.keys()) this.#received.remove(sid);
    this.#facts.queueRead();
  }

  #readPeople(): People {
    return {
      participants: readParticipants(this.#room, this.#received, this.#speakers),
      ownIsSpeaking: this.#speakers.has(this.ownIdentity),
    };
  }

  #showState(state: "connected" | "reconnecting"): void {
    this.#facts.setState(state);
    this.#facts.queueRead();
  }

  #finish(reason: EndReason): void {
    if (this.#facts.end(reason)) this.#received.end();
  }

  #close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    this.#unwatch();
    await this.#disconnect();
    this.#finish("left");
    await Promise.all([...this.#local].map((local) => local.end()));
    this.#room.removeAllListeners();
    await this.#releaseLibrary();
  }

  async #disconnect(): Promise<void> {
    if (this.#room.isConnected) await this.#room.disconnect();
  }
}
