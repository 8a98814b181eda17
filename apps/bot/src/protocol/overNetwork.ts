import type { FrameCryptoHost } from "@conclave/frame-crypto/page";
import { type Clock, sleep } from "@conclave/kit";

import type { Slowness } from "../manners/slowness.ts";
import { browserTypes, type FrameTransform, type RtpEnd } from "../rtc/index.ts";

export interface NetworkDeps {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
}

/**
 * The same frame encryption behind a network as bad as `slowness` says at the time of each frame; `undefined` is good.
 * What goes out and what arrives is lost or held up alike; frames of one track do not overtake each other.
 */
export function overNetwork(
  deps: NetworkDeps,
  host: FrameCryptoHost,
  slowness: () => Slowness | undefined,
): FrameCryptoHost {
  return {
    policy: host.policy,
    reported: host.reported,
    protectSender(sender, options) {
      host.protectSender(sender, options);
      const way = new Way(deps, slowness);
      wrap(browserTypes.fromRtcEnd(sender), (honest) => async (frame) => {
        const encrypted = await honest(frame);
        return (await way.letsThrough()) ? encrypted : undefined;
      });
    },
    protectReceiver(receiver, options) {
      host.protectReceiver(receiver, options);
      const way = new Way(deps, slowness);
      wrap(browserTypes.fromRtcEnd(receiver), (honest) => (frame) => {
        if (way.isClear) return honest(frame);
        return way.letsThrough().then((isThrough) => (isThrough ? honest(frame) : undefined));
      });
    },
    setKey: (ownerId, index, key) => host.setKey(ownerId, index, key),
    useSenderKey: (ownerId, index) => host.useSenderKey(ownerId, index),
    suspendSender: (ownerId) => host.suspendSender(ownerId),
    forget: (ownerId) => host.forget(ownerId),
    close: () => host.close(),
  };
}

/** The way of one track's frames. */
class Way {
  readonly #deps: NetworkDeps;
  readonly #slowness: () => Slowness | undefined;
  #freeAtMs = 0;

  constructor(deps: NetworkDeps, slowness: () => Slowness | undefined) {
    this.#deps = deps;
    this.#slowness = slowness;
  }

  /** Whether a frame may go on at once: nothing holds it up, nor those before it. */
  get isClear(): boolean {
    return this.#ofMedia() === undefined && this.#freeAtMs <= this.#deps.clock.monotonicMs();
  }

  /** Resolves when a frame that sets out now has arrived; with false, at once, if it is lost. */
  async letsThrough(): Promise<boolean> {
    if (this.isClear) return true;
    const { clock, random } = this.#deps;
    const { delayMs, loss } = this.#ofMedia() ?? { delayMs: [0, 0], loss: 0 };
    if (loss > 0 && random() < loss) return false;
    const [least, most] = delayMs;
    const nowMs = clock.monotonicMs();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs + least + random() * (most - least));
    if (this.#freeAtMs > nowMs) await sleep(clock, this.#freeAtMs - nowMs);
    return true;
  }

  /** Of media: slow requests alone do not hold up frames. */
  #ofMedia(): Slowness | undefined {
    const slowness = this.#slowness();
    return slowness?.path === undefined ? slowness : undefined;
  }
}

function wrap(end: RtpEnd, change: (honest: FrameTransform) => FrameTransform): void {
  if (end.transform) end.transform = change(end.transform);
}
