import type { Room } from "@livekit/rtc-node";
import { CallError, type PublishOptions, type SfuLocalTrack, type TrackGuard } from "@conclave/call";
import type { CancelTimer, Clock } from "@conclave/kit";
import type { MediaKind } from "@conclave/frame-crypto";

import { browserTypes } from "./browserTypes.ts";
import { type Capture, createCapture } from "./captures.ts";
import { requestMute } from "./nativeLibrary.ts";
import { NativeSender, type SenderKeys } from "./NativeSender.ts";
import type { NativeTrack } from "./NativeTrack.ts";

export interface PublishDeps {
  readonly clock: Clock;
  readonly room: Room;
  readonly guard: TrackGuard;
  readonly keys: SenderKeys;
  readonly captured: (kind: MediaKind) => void;
}

/** A track of ours in a room of the library. Captures as long as it is published and its sender is open. */
export class NativeLocalTrack implements SfuLocalTrack {
  readonly sender: NativeSender;
  readonly #deps: PublishDeps;
  readonly #capture: Capture;
  #track: NativeTrack;
  #sid = "";
  #stop: CancelTimer = () => {};

  /** @throws {CallError} `publish_failed` */
  static async publish(deps: PublishDeps, given: MediaStreamTrack, options: PublishOptions): Promise<NativeLocalTrack> {
    const track = browserTypes.fromMediaStreamTrack(given);
    if (!track.source || track.readyState === "ended") throw new CallError("publish_failed", "The track has ended");
    const sender = new NativeSender(track.kind, deps.keys, options.isMuted ?? false);
    const codec = track.kind === "audio" ? "opus" : "vp8";
    deps.guard.protectSender(browserTypes.asRtcSender(sender), { source: options.source, codec });
    const local = new NativeLocalTrack(deps, {
      track,
      sender,
      capture: createCapture(deps.clock, track.source, options.source),
    });
    try {
      await local.#begin(options.isMuted ?? false);
    } catch (cause) {
      await local.end();
      throw new CallError("publish_failed", "The SFU did not take the track", { cause, retryable: true });
    }
    return local;
  }

  private constructor(deps: PublishDeps, parts: { track: NativeTrack; sender: NativeSender; capture: Capture }) {
    this.#deps = deps;
    this.#track = parts.track;
    this.sender = parts.sender;
    this.#capture = parts.capture;
  }

  get sid(): string {
    return this.#sid;
  }

  setMuted(isMuted: boolean): Promise<void> {
    this.sender.setMuted(isMuted);
    requestMute(this.#capture.track.ffi_handle.handle, isMuted);
    return Promise.resolve();
  }

  replaceTrack(given: MediaStreamTrack): Promise<void> {
    const track = browserTypes.fromMediaStreamTrack(given);
    if (!track.source || track.kind !== this.#track.kind) {
      return Promise.reject(new CallError("publish_failed", "The track cannot take this one's place"));
    }
    this.#track = track;
    this.#stop();
    this.#run();
    return Promise.resolve();
  }

  async unpublish(): Promise<void> {
    const sid = this.#sid;
    this.#stop();
    this.sender.end();
    if (this.#deps.room.isConnected && sid) await this.#deps.room.localParticipant?.unpublishTrack(sid);
    await this.end();
  }

  /** The library has published it again by itself. */
  republished(sid: string): void {
    this.#sid = sid;
    this.sender.published(sid);
  }

  /** Ends the capture; the publication is gone or goes with the room. */
  async end(): Promise<void> {
    this.#stop();
    this.sender.end();
    await this.#capture.close();
  }

  async #begin(isMuted: boolean): Promise<void> {
    const { localParticipant } = this.#deps.room;
    if (!localParticipant) throw new CallError("publish_failed", "The connection has ended");
    const { sid } = await localParticipant.publishTrack(this.#capture.track, this.#capture.options);
    if (isMuted) requestMute(this.#capture.track.ffi_handle.handle, true);
    this.republished(sid ?? "");
    this.#run();
  }

  #run(): void {
    const track = this.#track;
    if (!track.source) return;
    const isOpen = (): boolean => this.sender.isOpen && track.enabled && track.readyState === "live";
    this.#stop = this.#capture.run(track.source, isOpen, () => {
      this.sender.notePassed();
      this.#deps.captured(track.kind);
    });
  }
}
