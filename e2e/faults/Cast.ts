import { openBrowser, type Person, type PersonBrowser } from "@conclave/bot/browser";

import { KeyListener } from "../KeyListener.ts";
import { openMember, type Member } from "./openMember.ts";

/** Everybody who takes part in a story, so that nobody is left behind by it. */
export class Cast {
  readonly #everybody = new Set<{ close(): Promise<void> }>();

  async browser(person: Person): Promise<PersonBrowser> {
    return this.#take(await openBrowser(person));
  }

  /** In a call without media and without keys. */
  async member(origin: string, linkId: string): Promise<Member> {
    return this.#take(await openMember(origin, linkId));
  }

  /** In a call without media. */
  async listener(origin: string, linkId: string): Promise<KeyListener> {
    return this.#take(await KeyListener.open(origin, linkId));
  }

  /** Somebody whom the story has ended itself. */
  forget(gone: PersonBrowser): void {
    this.#everybody.delete(gone);
  }

  async close(): Promise<void> {
    const all = [...this.#everybody];
    this.#everybody.clear();
    await Promise.all(all.map((one) => one.close()));
  }

  #take<T extends { close(): Promise<void> }>(one: T): T {
    this.#everybody.add(one);
    return one;
  }
}
