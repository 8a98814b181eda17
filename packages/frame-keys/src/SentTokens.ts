import { toUnpaddedBase64 } from "@conclave/kit";

/** One send of an own key, named by the token that went with it. */
interface SentToken {
  readonly generation: number;
  /** The membership that each device was sent the key for. */
  readonly memberships: ReadonlyMap<string, string>;
  /** Set when the homeserver has taken it. */
  takenAtMs: number | undefined;
}

const TOKEN_BYTES = 6;
/** Of sends before, confirmations are no longer of interest. */
const MAX_TOKENS = 64;

/** Remembers which sends the confirmations speak of. */
export class SentTokens {
  readonly #sends = new Map<string, SentToken>();
  readonly #randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;

  constructor(randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>) {
    this.#randomBytes = randomBytes;
  }

  /** A token for a send that begins now. */
  begin(generation: number, memberships: ReadonlyMap<string, string>): readonly [string, SentToken] {
    const token = toUnpaddedBase64(this.#randomBytes(TOKEN_BYTES));
    const sent: SentToken = { generation, memberships, takenAtMs: undefined };
    this.#sends.set(token, sent);
    const [oldest] = this.#sends.keys();
    if (oldest !== undefined && this.#sends.size > MAX_TOKENS) this.#sends.delete(oldest);
    return [token, sent];
  }

  find(token: string): SentToken | undefined {
    return this.#sends.get(token);
  }
}
