import type { CancelTimer, Clock, Scope } from "@conclave/kit";
import { SubscribedCodec, SubscribedQuality, SubscribedQualityUpdate, VideoQuality } from "@livekit/protocol";

import type { ServerMessage } from "../signal/SignalSink.ts";
import type { Track } from "./Track.ts";

/** Less is asked for only when it has been enough for this long; more is asked for at once. */
export const REDUCE_DELAY_MS = 5000;
const QUALITIES = [VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH] as const;

export interface DynacastDeps {
  readonly clock: Clock;
  /** The room's. */
  readonly scope: Scope;
}

/** A published video and who has to know what is wanted of it. */
export interface DynacastTarget {
  readonly track: Track;
  readonly publisher: { send(message: ServerMessage): void };
  /** The highest spatial layer that anybody wants now; -1 if nobody wants any. */
  readonly highestWanted: () => number;
}

/** Tells publishers which simulcast layers nobody watches, so that they need not be sent. */
export class Dynacast {
  readonly #deps: DynacastDeps;
  /** What each publisher was told last; at first they send everything. */
  readonly #told = new WeakMap<Track, number>();
  readonly #timers = new WeakMap<Track, CancelTimer>();

  constructor(deps: DynacastDeps) {
    this.#deps = deps;
  }

  /** To be called whenever wishes may have changed. */
  reconsider(target: DynacastTarget): void {
    const { track } = target;
    const wanted = target.highestWanted();
    const told = this.#toldOf(track);
    this.#timers.get(track)?.();
    this.#timers.delete(track);
    if (wanted > told) this.#tell(target, wanted);
    if (wanted < told) this.#schedule(target);
  }

  #toldOf(track: Track): number {
    return this.#told.get(track) ?? Math.max(0, track.request.layers.length - 1);
  }

  #schedule(target: DynacastTarget): void {
    const { clock, scope } = this.#deps;
    const cancel = clock.after(REDUCE_DELAY_MS, () => {
      forget();
      const wanted = target.highestWanted();
      if (target.track.isPublished && wanted !== this.#toldOf(target.track)) this.#tell(target, wanted);
    });
    const forget = scope.onEnd(cancel);
    this.#timers.set(target.track, () => {
      cancel();
      forget();
    });
  }

  #tell({ track, publisher }: DynacastTarget, highest: number): void {
    this.#told.set(track, highest);
    const qualities = enabledQualities(track, highest);
    const codec = track.mimeType.slice(track.mimeType.indexOf("/") + 1).toLowerCase();
    const value = new SubscribedQualityUpdate({
      trackSid: track.sid,
      subscribedQualities: qualities,
      subscribedCodecs: [new SubscribedCodec({ codec, qualities })],
    });
    publisher.send({ case: "subscribedQualityUpdate", value });
  }
}

/** Everything up to the wanted layer stays on: receivers fall back to it, and a single stream counts as the lowest. */
function enabledQualities({ request }: Track, highest: number): SubscribedQuality[] {
  const layers = [...request.layers].sort((a, b) => a.width * a.height - b.width * b.height);
  const limit = layers[highest]?.quality ?? VideoQuality.HIGH;
  return QUALITIES.map((quality) => new SubscribedQuality({ quality, enabled: highest >= 0 && quality <= limit }));
}
