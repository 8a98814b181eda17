import { randomUUID } from "node:crypto";

import { RoomServiceClient, type VideoGrant } from "livekit-server-sdk";

import type { LabPage, BrowserLab } from "../src/testing/BrowserLab.ts";
import type { TokenOptions } from "../src/testing/serveSfu.ts";
import { SignalClient, UpgradeRefused } from "../src/testing/SignalClient.ts";
import { Bot, type BotOptions } from "./Bot.ts";
import type { ContractServer } from "./ContractServer.ts";
import { tokenFor } from "./tokenFor.ts";

export interface JoinOptions extends TokenOptions {
  /** Further parameters of the address, such as `&auto_subscribe=0`. */
  readonly query?: string;
}

export interface PageOptions {
  readonly options?: object;
  readonly publish?: boolean;
  readonly grant?: VideoGrant;
  readonly room?: string;
}

/** As livekit-client 2.23 introduces itself: servers serve older protocols in older ways. */
const CLIENT = "&protocol=17&sdk=js&version=2.23.0&auto_subscribe=1";

/** Where one behaviour is shown: a room of its own, and everybody who takes part. */
export class Stage {
  readonly server: ContractServer;
  readonly room: string = `room-${randomUUID()}`;
  readonly api: RoomServiceClient;
  readonly #browser: () => Promise<BrowserLab>;
  readonly #endings: (() => Promise<unknown> | void)[] = [];

  constructor(server: ContractServer, browser: () => Promise<BrowserLab>) {
    this.server = server;
    this.#browser = browser;
    this.api = new RoomServiceClient(this.httpUrl, server.apiKey, server.apiSecret);
  }

  get httpUrl(): string {
    return this.server.url.replace(/^ws/, "http");
  }

  token(options: TokenOptions = {}): Promise<string> {
    return tokenFor(this.server, { room: this.room, ...options });
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.httpUrl}${path}`, init);
  }

  /** Joins with signalling only. */
  async join(identity: string, { query = "", ...options }: JoinOptions = {}): Promise<SignalClient> {
    return this.connect(await this.token({ identity, ...options }), query);
  }

  async connect(token: string, query = ""): Promise<SignalClient> {
    const client = await SignalClient.connect(this.server.url, token, `${CLIENT}${query}`);
    this.#endings.push(() => client.socket.terminate());
    return client;
  }

  /** The status that an upgrade is refused with; 101 if it is not. */
  async upgradeStatus(token: string, query = ""): Promise<number> {
    try {
      await this.connect(token, query);
      return 101;
    } catch (fault) {
      if (fault instanceof UpgradeRefused) return fault.status;
      throw fault;
    }
  }

  /** Joins with rtc-node: libwebrtc without a browser. */
  async bot(identity: string, { options = {}, ...token }: TokenOptions & { options?: BotOptions } = {}): Promise<Bot> {
    const bot = await Bot.join(this.server.url, await this.token({ identity, ...token }), options);
    this.#endings.push(() => bot.leave());
    return bot;
  }

  /** Joins with livekit-client in a tab of its own. */
  async page(identity: string, { grant, room, ...options }: PageOptions = {}): Promise<LabPage> {
    const page = await (await this.#browser()).openPage();
    this.#endings.push(() => page.page.context().close());
    const token = await this.token({ identity, ...(grant ? { grant } : {}), ...(room ? { room } : {}) });
    await page.call("join", { url: this.server.url, token, publish: false, ...options });
    return page;
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.#endings.splice(0).map(async (end) => end()));
  }
}
