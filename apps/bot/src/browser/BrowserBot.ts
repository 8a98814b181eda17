import type { AccountStore } from "@conclave/call";
import type { Clock, Logger } from "@conclave/kit";

import { KeptAccount } from "../KeptAccount.ts";
import type { Bot, BotPlace, BotReport, BotSpec, Finding, MediaBytes } from "../model.ts";
import { StayLog } from "../StayLog.ts";
import { within } from "../within.ts";
import { CallPage, PageProblem } from "./adapters/CallPage.ts";
import type { PersonBrowser } from "./adapters/openBrowser.ts";
import type { PageTotals } from "./adapters/page/CallWatch.ts";
import { bytesOf, keysOf, sentOf } from "./pageReports.ts";
import { redact } from "./redact.ts";
import { tryStoredAccount } from "./storedAccount.ts";
import { type NumberOf, toStreamReports } from "./streamReports.ts";

export interface BrowserBotDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A browser on the bot's own profile, which stays between two browsers. */
  readonly openBrowser: () => Promise<PersonBrowser>;
  readonly removeProfile: () => Promise<void>;
}

export interface BrowserBotOptions {
  readonly numberOf: NumberOf;
  /** An account to act with, if it holds one; told the account that the app made or renewed. */
  readonly account?: AccountStore;
}

const MAX_FINDINGS = 100;
/** Pages that a bot had before; what it saw in older ones is not kept. */
const MAX_PAGES = 200;
const READ_LIMIT_MS = 10_000;
const LAST_READ_LIMIT_MS = 2_000;
/** A page that is busier is asked again a second later. */
const COUNT_LIMIT_MS = 1_000;
const SAMPLE_LIMIT_MS = 5_000;
const EVIDENCE_LINES = 3;

type Position = "nowhere" | "lobby" | "call" | "after";

/** A headless Chromium with our web app, its own profile, camera and microphone: sees and hears what people would. */
export class BrowserBot implements Bot {
  readonly spec: BotSpec;
  readonly #deps: BrowserBotDeps;
  readonly #place: BotPlace;
  readonly #options: BrowserBotOptions;
  readonly #account: AccountStore;
  readonly #stays: StayLog;
  readonly #findings: Finding[] = [];
  readonly #pages: PageTotals[] = [];
  #wishes: { isTalking: boolean; isFilming: boolean };
  #page: CallPage | undefined;
  #position: Position = "nowhere";
  #newest: PageTotals | undefined;
  #marks = new Map<string, number>();
  #userId: string | undefined;

  constructor(deps: BrowserBotDeps, spec: BotSpec, place: BotPlace, options: BrowserBotOptions) {
    this.spec = spec;
    this.#deps = deps;
    this.#place = place;
    this.#options = options;
    this.#account = options.account ?? new KeptAccount();
    this.#stays = new StayLog(deps.clock);
    this.#wishes = { isTalking: spec.talks, isFilming: spec.films };
    if (!["polite", "flapper"].includes(spec.manners) || spec.sabotage)
      this.#find(
        "not_supported",
        "A browser has the manners of the app, and no faults but its own: the wish is ignored.",
      );
  }

  /** The user that it acts for, once prepared. */
  get userId(): string | undefined {
    return this.#userId;
  }

  /** Ids of its processes at this moment; empty while no browser runs. */
  processes(): readonly number[] {
    return this.#page?.browser.processes() ?? [];
  }

  async prepare(): Promise<void> {
    if (this.#position === "call") return;
    await this.#enterLobby().catch((fault: unknown) => {
      this.#find("not_prepared", `The app's lobby could not be opened (${codeOf(fault)}).`);
      return this.#abandon();
    });
  }

  async join(): Promise<void> {
    if (this.#position === "call") return;
    let hasAsked = false;
    try {
      const page = await this.#enterLobby();
      this.#stays.begin();
      hasAsked = true;
      await page.pressJoin();
      this.#position = "call";
      this.#marks = new Map();
      this.#stays.joined(this.#marks);
      await this.#read(READ_LIMIT_MS);
    } catch (fault) {
      if (!hasAsked) this.#stays.begin();
      this.#stays.failed({ code: codeOf(fault), evidence: this.#evidence() });
      this.#find("join_failed", `A join ended with ${codeOf(fault)}.`);
      await this.#abandon();
    }
  }

  async leave(): Promise<void> {
    if (this.#position !== "call") return;
    await this.#read(LAST_READ_LIMIT_MS);
    this.#stays.left();
    this.#position = "after";
    if (!(await this.#tell("not_left", (page) => page.pressLeave()))) await this.#abandon();
  }

  async vanish(): Promise<void> {
    if (!this.#page) return;
    await this.#read(LAST_READ_LIMIT_MS);
    this.#stays.left();
    await this.#abandon();
  }

  async setTalking(isTalking: boolean): Promise<void> {
    this.#wishes.isTalking = isTalking;
    if (this.#position === "call") await this.#tell("not_switched", (page) => page.setMicrophone(isTalking));
  }

  async setFilming(isFilming: boolean): Promise<void> {
    this.#wishes.isFilming = isFilming;
    if (this.#position === "call") await this.#tell("not_switched", (page) => page.setCamera(isFilming));
  }

  setNetwork(): Promise<void> {
    return Promise.resolve();
  }

  async report(): Promise<BotReport> {
    await this.#read(READ_LIMIT_MS);
    const { number, tier, manners, sabotage } = this.spec;
    const pages = this.#newest ? [...this.#pages, this.#newest] : this.#pages;
    return {
      number,
      tier,
      manners,
      ...(sabotage ? { sabotage } : {}),
      stays: this.#stays.stays(),
      sent: sentOf(this.#pages, this.#newest),
      received: toStreamReports(pages, this.#options.numberOf),
      mediaBytes: bytesOf(pages),
      keys: keysOf(pages),
      findings: [...this.#findings],
    };
  }

  async mediaBytes(): Promise<MediaBytes> {
    const page = this.#position === "nowhere" ? undefined : this.#page;
    const counting = page ? within(this.#deps.clock, COUNT_LIMIT_MS, page.mediaBytes()) : undefined;
    const counted = await counting?.catch(() => undefined);
    const running = counted ? { mediaBytes: counted } : this.#newest;
    return bytesOf(running ? [...this.#pages, running] : this.#pages);
  }

  async sample(): Promise<Uint8Array | undefined> {
    const page = this.#position === "call" ? this.#page : undefined;
    return page && within(this.#deps.clock, SAMPLE_LIMIT_MS, page.screenshot()).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.leave();
    const page = this.#page;
    this.#letGo();
    await page?.browser.close().catch(() => page.browser.kill());
    await this.#deps.removeProfile();
  }

  async #enterLobby(): Promise<CallPage> {
    const page = this.#page ?? (await this.#open());
    if (this.#position === "nowhere") await this.#openLobby(page);
    if (this.#position === "after") await page.returnToLobby();
    this.#position = "lobby";
    await page.setLobby(this.#wishes);
    await page.typeName();
    return page;
  }

  async #open(): Promise<CallPage> {
    const browser = await this.#deps.openBrowser();
    const page = new CallPage(browser);
    this.#page = page;
    const onEnd = (): void => {
      if (this.#page === page) void this.#crashed();
    };
    browser.page.once("crash", onEnd);
    browser.context.once("close", onEnd);
    return page;
  }

  async #openLobby(page: CallPage): Promise<void> {
    const { linkId, webAppUrl } = this.#place;
    if (linkId === undefined || webAppUrl === undefined) throw new PageProblem("no_link");
    // A killed browser may not have written its storage to disk yet.
    const account = this.#account;
    const given = await account.load();
    if (given) await page.keepAccount(given);
    await page.openLobby(webAppUrl, linkId);
    const kept = tryStoredAccount(await page.account());
    this.#userId = kept?.userId ?? this.#userId;
    if (kept) await account.save(kept);
  }

  /** Takes over what the page has seen so far. A page that does not answer in time is told of, and keeps what it had. */
  async #read(limitMs: number): Promise<void> {
    const page = this.#page;
    if (!page || this.#position === "nowhere") return;
    const totals = await within(this.#deps.clock, limitMs, page.totals()).catch(() => undefined);
    // Meanwhile the page may have been given up.
    if (this.#page !== page) return;
    if (!totals) return this.#find("unresponsive", `The page did not answer within ${limitMs} ms.`);
    this.#newest = totals;
    this.#noteMarks(totals);
    if (this.#position === "call") await this.#noteEnding(page);
  }

  #noteMarks({ calls }: PageTotals): void {
    const { clock } = this.#deps;
    const offsetMs = clock.nowMs() - clock.monotonicMs();
    if (this.#position !== "call") return;
    for (const [mark, atMs] of Object.entries(calls.at(-1)?.marks ?? {})) this.#marks.set(mark, atMs - offsetMs);
  }

  async #noteEnding(page: CallPage): Promise<void> {
    const code = await within(this.#deps.clock, READ_LIMIT_MS, page.ending()).catch(() => undefined);
    if (code === undefined || this.#position !== "call") return;
    this.#stays.left();
    this.#position = "after";
    this.#find("call_failed", `A running call ended with ${code}. ${this.#evidence()}`);
  }

  async #crashed(): Promise<void> {
    if (this.#position === "call") this.#stays.failed({ code: "crashed", evidence: this.#evidence() });
    this.#find("crashed", "The page or its browser ended without having been told to.");
    await this.#abandon();
  }

  /** Ends the browser as a crash would. What it saw stays. */
  async #abandon(): Promise<void> {
    const page = this.#page;
    this.#letGo();
    await page?.browser.kill().catch(() => this.#find("clean_up_failed", "A browser could not be ended."));
  }

  #letGo(): void {
    this.#page = undefined;
    this.#position = "nowhere";
    if (this.#newest) this.#pages.push(this.#newest);
    if (this.#pages.length > MAX_PAGES) this.#pages.shift();
    this.#newest = undefined;
  }

  /** @returns whether the app did what its button says */
  async #tell(code: string, command: (page: CallPage) => Promise<void>): Promise<boolean> {
    try {
      if (this.#page) await command(this.#page);
      return true;
    } catch (fault) {
      this.#find(code, `The app did not do what its button says (${codeOf(fault)}). ${this.#evidence()}`);
      return false;
    }
  }

  /** The newest complaints of the page's console. */
  #evidence(): string {
    const lines = this.#page?.browser.console ?? [];
    const complaints = lines.filter((line) => /^(error|warning|page error)/.test(line)).slice(-EVIDENCE_LINES);
    return complaints.map(redact).join(" | ");
  }

  #find(code: string, sentence: string): void {
    this.#deps.logger.warn("browser bot", { bot: this.spec.number, code });
    if (this.#findings.length >= MAX_FINDINGS) return;
    this.#findings.push({ atMs: this.#deps.clock.nowMs(), bot: this.spec.number, code, sentence });
  }
}

function codeOf(fault: unknown): string {
  if (fault instanceof PageProblem) return fault.code;
  return fault instanceof Error && fault.name === "TimeoutError" ? "timed_out" : "internal";
}
