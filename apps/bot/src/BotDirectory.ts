/** Names of bots in the room: other machines' bots are known by nothing else. */
const NAME = /^Bot (\d{1,9})$/;
/** A room full of strangers must not fill the memory. */
const MAX_USERS = 20_000;

/** What a bot is called in the room. */
export function botName(number: number): string {
  return `Bot ${number}`;
}

/** Who is which bot. What the swarm says goes before what a display name claims. */
export class BotDirectory {
  readonly #numbers = new Map<string, number>();
  readonly #encoders: ReadonlySet<number>;

  /** @param encoders bots with an encoder of their own, whose frames carry no stamp */
  constructor(encoders: Iterable<number> = []) {
    this.#encoders = new Set(encoders);
  }

  /** False for bots that encode what they send: of their frames only decryption can be checked here. */
  isStamping(number: number): boolean {
    return !this.#encoders.has(number);
  }

  numberOf(userId: string): number | undefined {
    return this.#numbers.get(userId);
  }

  learn(userId: string, number: number): void {
    if (this.#numbers.size < MAX_USERS) this.#numbers.set(userId, number);
  }

  learnFromName(userId: string, displayName: string): void {
    const number = NAME.exec(displayName)?.[1];
    if (number !== undefined && !this.#numbers.has(userId)) this.learn(userId, Number(number));
  }
}
