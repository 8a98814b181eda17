import type { AccountStore } from "@conclave/call";
import type { CancelTimer, Clock } from "@conclave/kit";

import { BotDirectory } from "../BotDirectory.ts";
import { KeptAccount } from "../KeptAccount.ts";
import type { Bot, BotPlace, BotSpec, MediaProfile } from "../model.ts";
import { type BotAct, type BotOrder, CARRIED_REPORT_MS, type FromHost, type ToHost } from "./messages.ts";

/** What a bot is made with, besides what the host itself gives. */
export interface BotMaking {
  readonly spec: BotSpec;
  readonly place: BotPlace;
  readonly profile: MediaProfile;
  readonly account: AccountStore;
  readonly directory: BotDirectory;
}

export interface BotHostDeps {
  readonly clock: Clock;
  readonly send: (message: FromHost) => void;
  readonly makeBot: (making: BotMaking) => Bot;
  /** Makes room for what so many bots keep of so many others. */
  readonly reserve?: (pairs: number) => void;
}

interface Housed {
  readonly bot: Bot;
  readonly account: KeptAccount;
  /** What the bot was told is done one after the other. */
  busy: Promise<void>;
}

/** The bots of one process: carries out what the swarm says, and never lets one bot's fault reach another. */
export class BotHost {
  readonly #deps: BotHostDeps;
  readonly #housed = new Map<number, Housed>();
  #directory = new BotDirectory();
  #cancelCounting: CancelTimer = () => {};
  #isClosing = false;

  constructor(deps: BotHostDeps) {
    this.#deps = deps;
  }

  /** Never rejects. */
  async handle(message: ToHost): Promise<void> {
    switch (message.type) {
      case "make":
        this.#directory = new BotDirectory(message.encoders);
        for (const order of message.bots) this.#make(order, message.place, message.profile);
        this.#deps.reserve?.(message.bots.length * message.people);
        this.#countLater();
        break;
      case "identify":
        for (const [userId, number] of message.numbers) this.#directory.learn(userId, number);
        break;
      case "network":
        for (const bot of message.bots) await this.#housed.get(bot)?.bot.setNetwork?.(message.profile);
        break;
      case "act":
        await this.#act(message.bot, message.act);
        break;
      case "report":
        await this.#report(message.request);
        break;
      case "close":
        this.#isClosing = true;
        this.#cancelCounting();
        await Promise.all([...this.#housed.values()].map(({ bot }) => this.#guard(bot.spec.number, bot.close())));
        this.#deps.send({ type: "closed" });
        break;
    }
  }

  #make({ spec, account }: BotOrder, place: BotPlace, profile: MediaProfile): void {
    const kept = new KeptAccount(account);
    const bot = this.#deps.makeBot({ spec, place, profile, account: kept, directory: this.#directory });
    this.#housed.set(spec.number, { bot, account: kept, busy: Promise.resolve() });
  }

  async #act(number: number, act: BotAct): Promise<void> {
    const housed = this.#housed.get(number);
    if (!housed) return;
    housed.busy = housed.busy.then(() => this.#guard(number, this.#perform(housed.bot, act)));
    await housed.busy;
    if (act === "prepare") this.#deps.send({ type: "prepared", bot: number, account: await housed.account.load() });
    this.#deps.send({ type: "done", bot: number, act });
  }

  async #perform(bot: Bot, act: BotAct): Promise<void> {
    if (act !== "sample") return perform(bot, act);
    const png = await bot.sample?.();
    if (png) this.#deps.send({ type: "sampled", sample: { bot: bot.spec.number, png } });
  }

  async #report(request: number): Promise<void> {
    const asked = [...this.#housed.values()].map(async ({ bot }) => [await bot.report()]);
    const answers = await Promise.all(asked.map((report) => report.catch(() => [])));
    this.#deps.send({ type: "reported", request, bots: answers.flat() });
  }

  #countLater(): void {
    this.#cancelCounting();
    if (!this.#isClosing) this.#cancelCounting = this.#deps.clock.after(CARRIED_REPORT_MS, () => void this.#count());
  }

  async #count(): Promise<void> {
    const counts = await Promise.all(Array.from(this.#housed.values(), ({ bot }) => bot.mediaBytes()));
    this.#deps.send({ type: "carried", bytes: counts.reduce((sum, { sent, received }) => sum + sent + received, 0) });
    this.#countLater();
  }

  /** Commands do not reject; what does all the same is a crash of that bot alone. */
  async #guard(bot: number, command: Promise<void>): Promise<void> {
    try {
      await command;
    } catch (fault) {
      const kind = fault instanceof Error ? fault.name : typeof fault;
      const sentence = `The bot failed in a way that it should not (${kind}).`;
      this.#deps.send({ type: "found", finding: { atMs: this.#deps.clock.nowMs(), bot, code: "crashed", sentence } });
    }
  }
}

function perform(bot: Bot, act: Exclude<BotAct, "sample">): Promise<void> {
  switch (act) {
    case "prepare":
      return bot.prepare();
    case "join":
      return bot.join();
    case "leave":
      return bot.leave();
    case "vanish":
      return bot.vanish();
    case "talk":
    case "hush":
      return bot.setTalking(act === "talk");
    default:
      return bot.setFilming(act === "film");
  }
}
