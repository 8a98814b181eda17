import type { Bot, BotReport, BotSpec, MediaBytes, NetworkProfile } from "../../model.ts";

/** A bot that does nothing but remember what it was told. */
export class FakeBot implements Bot {
  readonly spec: BotSpec;
  readonly told: string[] = [];
  /** What its sample is, or will be. */
  seeing: Promise<Uint8Array> | undefined;
  carried: MediaBytes = { sent: 0, received: 0 };
  /** What `join` waits for, or fails with. */
  joining: Promise<void> = Promise.resolve();

  constructor(spec: BotSpec) {
    this.spec = spec;
  }

  prepare(): Promise<void> {
    return this.#note("prepare");
  }

  async join(): Promise<void> {
    await this.#note("join");
    await this.joining;
  }

  leave(): Promise<void> {
    return this.#note("leave");
  }

  vanish(): Promise<void> {
    return this.#note("vanish");
  }

  setTalking(isTalking: boolean): Promise<void> {
    return this.#note(isTalking ? "talk" : "hush");
  }

  setFilming(isFilming: boolean): Promise<void> {
    return this.#note(isFilming ? "film" : "unfilm");
  }

  setNetwork(profile: NetworkProfile | undefined): Promise<void> {
    return this.#note(profile ? "network" : "no network");
  }

  report(): Promise<BotReport> {
    const { number, tier, manners } = this.spec;
    const keys = { created: 0, sent: this.told.length, installed: 0, rejected: {} };
    const nothing = { stays: [], sent: [], received: [], findings: [] };
    return Promise.resolve({ number, tier, manners, ...nothing, mediaBytes: this.carried, keys });
  }

  mediaBytes(): Promise<MediaBytes> {
    return Promise.resolve(this.carried);
  }

  async sample(): Promise<Uint8Array | undefined> {
    await this.#note("sample");
    return this.seeing;
  }

  close(): Promise<void> {
    return this.#note("close");
  }

  #note(what: string): Promise<void> {
    this.told.push(what);
    return Promise.resolve();
  }
}
