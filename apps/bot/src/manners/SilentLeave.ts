import type { DelayId, EventId, MatrixPort } from "@conclave/matrix-rtc";

import { delegateMatrix } from "./delegateMatrix.ts";

const NOTHING = "$nothing" as EventId;

/** Remembers where the own membership was written, so that it can be taken back behind the engine's back. */
export class SilentLeave {
  readonly matrix: MatrixPort;
  readonly #real: MatrixPort;
  #membership: readonly [...Parameters<MatrixPort["sendState"]>] | undefined;
  #hasLeft = false;

  constructor(real: MatrixPort) {
    this.#real = real;
    this.matrix = delegateMatrix(real, {
      sendState: async (...state) => {
        if (this.#hasLeft) return NOTHING;
        this.#membership = state;
        return real.sendState(...state);
      },
      scheduleState: (...state) =>
        this.#hasLeft ? Promise.resolve("nothing" as DelayId) : real.scheduleState(...state),
      restartDelayed: (delayId, signal) => (this.#hasLeft ? Promise.resolve() : real.restartDelayed(delayId, signal)),
      sendEncryptedToDevice: (type, recipients, content) =>
        this.#hasLeft
          ? Promise.resolve(recipients.map((to) => ({ to, result: "sent" as const })))
          : real.sendEncryptedToDevice(type, recipients, content),
    });
  }

  /** Ends the membership for the others; the engine goes on as if nothing had happened. */
  async leave(): Promise<void> {
    if (!this.#membership || this.#hasLeft) return;
    this.#hasLeft = true;
    const [roomId, type, stateKey] = this.#membership;
    await this.#real.sendState(roomId, type, stateKey, {});
  }
}
