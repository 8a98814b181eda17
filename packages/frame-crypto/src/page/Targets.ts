import type { TransformSetup } from "../worker/messages.ts";

/** Senders and receivers of one page that are remembered: far more than a call has at once. */
const MAX_REMEMBERED = 4_096;

export type Target = RTCRtpSender | RTCRtpReceiver;

interface Remembered {
  readonly target: WeakRef<Target>;
  setup: TransformSetup;
}

/** What has a transform, and which; without keeping any of it alive. */
export class Targets {
  readonly #ids = new WeakMap<Target, string>();
  readonly #remembered = new Map<string, Remembered>();

  idOf(target: Target): string | undefined {
    return this.#ids.get(target);
  }

  /** Notes the newest setup of a target. */
  set(target: Target, setup: TransformSetup): void {
    this.#ids.set(target, setup.transformId);
    this.#remembered.delete(setup.transformId);
    this.#remembered.set(setup.transformId, { target: new WeakRef(target), setup });
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined && this.#remembered.size > MAX_REMEMBERED) this.#remembered.delete(oldest);
  }

  /** `undefined` if it is gone. */
  find(transformId: string): Target | undefined {
    return this.#remembered.get(transformId)?.target.deref();
  }

  /** All that still exist. */
  *all(): Generator<{ readonly target: Target; readonly setup: TransformSetup }> {
    for (const [transformId, { target, setup }] of this.#remembered) {
      const alive = target.deref();
      if (alive === undefined) this.#remembered.delete(transformId);
      else yield { target: alive, setup };
    }
  }

  clear(): void {
    this.#remembered.clear();
  }
}
