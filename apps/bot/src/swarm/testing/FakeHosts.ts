import type { StoredAccount } from "@conclave/call";
import { type Clock, Emitter } from "@conclave/kit";

import { BotHost } from "../../host/BotHost.ts";
import type { FromHost } from "../../host/messages.ts";
import type { BotTier } from "../../model.ts";
import type { HostLink } from "../ports.ts";
import { FakeBot } from "./FakeBot.ts";

/** Hosts in this process, with bots that do nothing. */
export class FakeHosts {
  readonly bots = new Map<number, FakeBot>();
  readonly started: FakeHost[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly start = (tier: BotTier): Promise<HostLink> => {
    const host = new FakeHost(tier, this.#clock, this.bots);
    this.started.push(host);
    return Promise.resolve(host);
  };
}

export class FakeHost implements HostLink {
  readonly tier: BotTier;
  readonly processId = 1;
  readonly received = new Emitter<FromHost>();
  readonly died = new Emitter<{ readonly how: string }>();
  /** Whom it was told that users are. */
  readonly identified = new Map<string, number>();
  isAlive = true;
  readonly #host: BotHost;

  constructor(tier: BotTier, clock: Clock, bots: Map<number, FakeBot>) {
    this.tier = tier;
    this.#host = new BotHost({
      clock,
      send: (message) => {
        if (this.isAlive) this.received.emit(message);
      },
      makeBot: ({ spec, account }) => {
        const bot = new FakeBot(spec);
        bots.set(spec.number, bot);
        void account.save(accountOf(spec.number));
        return bot;
      },
    });
  }

  send(message: Parameters<HostLink["send"]>[0]): void {
    if (!this.isAlive) return;
    if (message.type === "identify") for (const [userId, bot] of message.numbers) this.identified.set(userId, bot);
    void this.#host.handle(message);
  }

  /** As a killed process does. */
  die(): void {
    this.isAlive = false;
    this.died.emit({ how: "SIGKILL" });
  }

  end(): Promise<void> {
    this.isAlive = false;
    return Promise.resolve();
  }
}

function accountOf(number: number): StoredAccount {
  return { homeserverUrl: "http://hs", userId: `@bot${number}:hs`, deviceId: "D", accessToken: "secret" };
}
