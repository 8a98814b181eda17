import type { Clock } from "@conclave/kit";
import type { MatrixPort } from "@conclave/matrix-rtc";

import type { BotSpec, NetworkProfile } from "../model.ts";
import { SilentLeave } from "./SilentLeave.ts";
import { slowFetch } from "./slowFetch.ts";
import { slownessOf } from "./slowness.ts";
import { loseFirstKey, withholdKeys } from "./withholdKeys.ts";

/** How a bot deals with its homeserver, as its manners and its sabotage ask for. */
export interface Behaviour {
  fetch(honest: typeof globalThis.fetch): typeof globalThis.fetch;
  matrix(honest: MatrixPort): MatrixPort;
  /** Leaves in its own way; false if the engine shall leave as usual. */
  leave(): Promise<boolean>;
  /** From now on nothing is said to the homeserver. */
  vanish(): void;
}

interface BehaveDeps {
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
}

/**
 * Chooses the behaviour of a bot.
 *
 * @param network what the network is like at the moment, where a scenario says so
 */
export function behave(
  deps: BehaveDeps,
  spec: BotSpec,
  network: () => NetworkProfile | undefined = () => undefined,
): Behaviour {
  const { manners, sabotage } = spec;
  const random = (): number => (deps.randomBytes(1)[0] ?? 0) / 256;
  let silent: SilentLeave | undefined;
  let isGone = false;
  return {
    fetch(honest) {
      const guarded: typeof globalThis.fetch = (input, init) =>
        isGone ? Promise.reject(new TypeError("The bot has vanished")) : honest(input, init);
      return slowFetch({ fetch: guarded, clock: deps.clock, random }, () => slownessOf(spec, network()));
    },
    matrix(honest) {
      silent = new SilentLeave(honest);
      if (manners === "silent_leaver") return silent.matrix;
      if (manners === "key_withholder") return withholdKeys(honest, () => false);
      return sabotage === "lose_key" ? loseFirstKey(honest) : honest;
    },
    async leave() {
      if (manners !== "silent_leaver") return false;
      await silent?.leave();
      return true;
    },
    vanish() {
      isGone = true;
    },
  };
}
