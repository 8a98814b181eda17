const EVERYTHING = "*";
const SELF = "$ME";
const LAZY = "$LAZY";
const MEMBER = "m.room.member";

type Entry = readonly [type: string, stateKey: string];

/**
 * Which state of a room a client asked for: pairs of type and key, with `*` for any, `$ME` for the asker, and `$LAZY`
 * for members who appear in the timeline.
 */
export class RequiredState {
  readonly #userId: string;
  readonly #keysByType = new Map<string, Set<string>>();
  /** Members come as the timeline needs them. */
  readonly isLazy: boolean;

  constructor(entries: readonly Entry[], userId: string) {
    this.#userId = userId;
    for (const [type, stateKey] of entries) {
      const keys = this.#keysByType.get(type) ?? new Set();
      this.#keysByType.set(type, keys.add(stateKey === SELF ? userId : stateKey));
    }
    this.isLazy = this.#keysByType.get(MEMBER)?.has(LAZY) ?? false;
  }

  /** What either of the two asks for. */
  static union(a: RequiredState, b: RequiredState): RequiredState {
    return new RequiredState([...a.#entries(), ...b.#entries()], a.#userId);
  }

  /** True if the event is wanted whatever the timeline holds. */
  matches({ type, stateKey = "" }: { readonly type: string; readonly stateKey: string | undefined }): boolean {
    const keys = this.#keysByType.get(type);
    if (keys && (keys.has(EVERYTHING) || keys.has(stateKey))) return true;
    // Somebody who loads members lazily wants everything but them from a wildcard.
    if (type === MEMBER && this.isLazy) return false;
    const ofAll = this.#keysByType.get(EVERYTHING);
    return ofAll !== undefined && (ofAll.has(EVERYTHING) || ofAll.has(stateKey));
  }

  equals(other: RequiredState): boolean {
    const mine = this.#entries();
    const theirs = new Set(other.#entries().map((entry) => entry.join("\0")));
    return mine.length === theirs.size && mine.every((entry) => theirs.has(entry.join("\0")));
  }

  #entries(): Entry[] {
    return [...this.#keysByType].flatMap(([type, keys]) => [...keys].map((key): Entry => [type, key]));
  }
}
