import type { DeviceKind } from "../media/devicePort.ts";

export type Theme = "system" | "light" | "dark";

/** A call that was joined from this browser. */
export interface RecentCall {
  readonly linkId: string;
  readonly name: string;
  readonly joinedAtMs: number;
}

/** The part of `Storage` that is used. */
export type KeyValueStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const MAX_RECENT_CALLS = 8;
const MAX_NAME_LENGTH = 80;
const PREFIX = "conclave.";

/** What this browser remembers for its person. Storage that is full or forbidden forgets, and nothing else breaks. */
export class Preferences {
  readonly #store: KeyValueStore | undefined;

  constructor(store: KeyValueStore | undefined) {
    this.#store = store;
  }

  get displayName(): string {
    const name = this.#read("name");
    return typeof name === "string" ? name.slice(0, MAX_NAME_LENGTH) : "";
  }

  set displayName(name: string) {
    this.#write("name", name.trim().slice(0, MAX_NAME_LENGTH));
  }

  get theme(): Theme {
    const theme = this.#read("theme");
    return theme === "light" || theme === "dark" ? theme : "system";
  }

  set theme(theme: Theme) {
    this.#write("theme", theme);
  }

  /** Whoever rings is shown and not heard. */
  get isRingSilent(): boolean {
    return this.#read("ring-silent") === true;
  }

  set isRingSilent(isSilent: boolean) {
    this.#write("ring-silent", isSilent);
  }

  get devices(): Readonly<Record<DeviceKind, string>> {
    const stored = asObject(this.#read("devices"));
    return { microphone: text(stored["microphone"]), camera: text(stored["camera"]), speaker: text(stored["speaker"]) };
  }

  set devices(devices: Readonly<Record<DeviceKind, string>>) {
    this.#write("devices", devices);
  }

  get recentCalls(): readonly RecentCall[] {
    const stored = this.#read("recent");
    return Array.isArray(stored) ? stored.flatMap(parseRecentCall).slice(0, MAX_RECENT_CALLS) : [];
  }

  rememberCall(call: RecentCall): void {
    const others = this.recentCalls.filter((other) => other.linkId !== call.linkId);
    this.#write("recent", [call, ...others].slice(0, MAX_RECENT_CALLS));
  }

  forgetCall(linkId: string): void {
    this.#write(
      "recent",
      this.recentCalls.filter((call) => call.linkId !== linkId),
    );
  }

  #read(key: string): unknown {
    try {
      return JSON.parse(this.#store?.getItem(PREFIX + key) ?? "null") as unknown;
    } catch {
      return undefined;
    }
  }

  #write(key: string, value: unknown): void {
    try {
      this.#store?.setItem(PREFIX + key, JSON.stringify(value));
    } catch {
      // A full or forbidden store only means that the next visit starts afresh.
    }
  }
}

function parseRecentCall(value: unknown): readonly RecentCall[] {
  const { linkId, name, joinedAtMs } = asObject(value);
  if (typeof linkId !== "string" || typeof name !== "string" || typeof joinedAtMs !== "number") return [];
  return [{ linkId, name, joinedAtMs }];
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
