import { type Logger, type ReadonlySignal, type Scope, signal, untracked, type WritableSignal } from "@conclave/kit";

import { toCallError } from "./toCallError.ts";
import type { SfuConnection, SfuLocalTrack, TrackSource } from "./sfu/ports.ts";

/** What of ours is sent, or about to be. */
export interface LocalTrackState {
  readonly track: MediaStreamTrack;
  readonly isMuted: boolean;
}

interface Published {
  readonly connection: SfuConnection;
  readonly handle: SfuLocalTrack;
  readonly track: MediaStreamTrack;
  readonly isMuted: boolean;
}

/**
 * Brings what should be sent to what is sent, one step at a time per source; the newest wish wins.
 *
 * Tracks stay the property of whoever made them: they are published and unpublished here, never stopped.
 */
export class LocalMedia {
  readonly tracks: ReadonlySignal<ReadonlyMap<TrackSource, LocalTrackState>>;
  readonly #wanted: WritableSignal<ReadonlyMap<TrackSource, LocalTrackState>> = signal(new Map());
  readonly #published = new Map<TrackSource, Published>();
  readonly #queues = new Map<TrackSource, Promise<void>>();
  readonly #scope: Scope;
  readonly #logger: Logger;
  #connection: SfuConnection | undefined;

  constructor(logger: Logger, scope: Scope) {
    this.tracks = this.#wanted;
    this.#logger = logger;
    this.#scope = scope;
    scope.onEnd(() => {
      this.#published.clear();
      this.#wanted.set(new Map());
    });
  }

  /** Publishes over `connection` from now on, beginning with all that is wanted; failures are logged. */
  attach(connection: SfuConnection): void {
    this.#connection = connection;
    // What still hangs on the connection before must not hold this one up.
    this.#queues.clear();
    for (const source of this.#wanted.get().keys()) {
      this.#reconcile(source).catch((fault: unknown) => {
        this.#logger.warn("track not published", { source, code: toCallError(fault, "publish_failed").code });
      });
    }
  }

  /**
   * Sends `track` for `source`, or nothing. While there is no connection it only notes the wish.
   *
   * @throws {CallError} `publish_failed`; nothing is sent then
   */
  set(source: TrackSource, track: MediaStreamTrack | undefined): Promise<void> {
    const isMuted = this.#wanted.get().get(source)?.isMuted ?? false;
    this.#want(source, track && { track, isMuted });
    return this.#reconcile(source);
  }

  /** Mutes or unmutes what is sent for `source`; does nothing if nothing is. @throws {CallError} `publish_failed` */
  setMuted(source: TrackSource, isMuted: boolean): Promise<void> {
    const present = this.#wanted.get().get(source);
    if (!present) return Promise.resolve();
    this.#want(source, { ...present, isMuted });
    return this.#reconcile(source);
  }

  #want(source: TrackSource, wish: LocalTrackState | undefined): void {
    const wanted = new Map(this.#wanted.get());
    if (wish) wanted.set(source, wish);
    else wanted.delete(source);
    this.#wanted.set(wanted);
  }

  #reconcile(source: TrackSource): Promise<void> {
    const before = this.#queues.get(source) ?? Promise.resolve();
    const next = before.then(() => this.#step(source));
    // The queue goes on after a failure; whoever asked for the failed step hears of it.
    this.#queues.set(
      source,
      next.catch(() => {}),
    );
    return next;
  }

  async #step(source: TrackSource): Promise<void> {
    const connection = this.#connection;
    if (!connection || this.#scope.isEnded) return;
    const wish = this.#wanted.get().get(source);
    const present = this.#published.get(source);
    const usable = present?.connection === connection ? present : undefined;
    try {
      const published = await bringTo({ source, connection, wish, present: usable });
      if (this.#connection !== connection) return;
      if (published) this.#published.set(source, published);
      else this.#published.delete(source);
    } catch (fault) {
      // Lost on the way: the wish stays, and the next connection fulfils it.
      if (this.#connection !== connection || isOver(connection)) return;
      if (this.#wanted.get().get(source) === wish) this.#want(source, usable && stateOf(usable));
      throw toCallError(fault, "publish_failed");
    }
  }
}

interface Step {
  readonly source: TrackSource;
  readonly connection: SfuConnection;
  readonly wish: LocalTrackState | undefined;
  readonly present: Published | undefined;
}

async function bringTo({ source, connection, wish, present }: Step): Promise<Published | undefined> {
  if (!wish) {
    await present?.handle.unpublish();
    return undefined;
  }
  if (!present) {
    const handle = await connection.publish(wish.track, { source, isMuted: wish.isMuted });
    return { connection, handle, ...wish };
  }
  if (present.track !== wish.track) await present.handle.replaceTrack(wish.track);
  if (present.isMuted !== wish.isMuted) await present.handle.setMuted(wish.isMuted);
  return { ...present, ...wish };
}

function isOver(connection: SfuConnection): boolean {
  return untracked(() => connection.state.get()) === "ended";
}

function stateOf({ track, isMuted }: Published): LocalTrackState {
  return { track, isMuted };
}
