import type { CancelTimer, Clock, Logger } from "@conclave/kit";

import { Turns } from "../leave/Turns.ts";
import type { Homeservers } from "../ports.ts";
import type { SfuRooms } from "../sfu.ts";
import type { GrantLedger, Presence } from "./GrantLedger.ts";

/** A person who was put out of the Matrix room is out of the call not much later. */
const ROUND_MS = 3000;
const MAX_AT_ONCE = 8;

export interface MembershipWatchDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly membership: NonNullable<Homeservers["membership"]>;
  readonly sfu: Pick<SfuRooms, "remove">;
  readonly ledger: GrantLedger;
  readonly onRemoved: () => void;
}

/** Puts participants out who are no longer joined to the Matrix room: a token stays valid longer than a membership may. */
export class MembershipWatch {
  readonly #deps: MembershipWatchDeps;
  readonly #turns = new Turns(MAX_AT_ONCE);
  #cancelRound: CancelTimer | undefined;
  #isClosed = false;

  constructor(deps: MembershipWatchDeps) {
    this.#deps = deps;
  }

  /** Somebody has just joined: checks that one now, and everybody from now on. */
  joined(presence: Presence): void {
    void this.#turns.take(() => this.#check(presence));
    this.#arm();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRound?.();
  }

  #arm(): void {
    if (this.#isClosed || this.#cancelRound) return;
    this.#cancelRound = this.#deps.clock.after(ROUND_MS, () => void this.#round());
  }

  async #round(): Promise<void> {
    const { present } = this.#deps.ledger;
    const checks = present.map(
      (presence) =>
        new Promise<void>((done) => {
          void this.#turns.take(() => this.#check(presence).finally(done));
        }),
    );
    await Promise.all(checks);
    this.#cancelRound = undefined;
    if (present.length > 0) this.#arm();
  }

  async #check({ place, member }: Presence): Promise<void> {
    const { logger, membership, sfu, ledger, onRemoved } = this.#deps;
    try {
      if (this.#isClosed || (await membership(member)) !== "absent") return;
      await sfu.remove(place);
      ledger.left(place);
      onRemoved();
      logger.info("participant put out: no longer in the Matrix room", { room: place.room });
    } catch (fault) {
      logger.warn("membership could not be checked", { cause: fault instanceof Error ? fault.message : typeof fault });
    }
  }
}
