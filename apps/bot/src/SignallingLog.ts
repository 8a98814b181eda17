import type { CallMember } from "@conclave/call";
import type { MediaKind } from "@conclave/frame-crypto";
import { KEY_MESSAGE_TYPE } from "@conclave/frame-keys";
import type { Clock } from "@conclave/kit";
import type { ToDeviceMessage } from "@conclave/matrix-rtc";

import type { BotDirectory } from "./BotDirectory.ts";
import { NO_FRAMES, type StreamReport } from "./model.ts";

interface Signalled {
  readonly from: number;
  readonly kind: MediaKind;
  readonly atMs: number;
}

/** When one bot heard of the others' tracks and got their keys, by bot number. */
export class SignallingLog {
  readonly #clock: Clock;
  readonly #directory: BotDirectory;
  readonly #tracks = new Map<string, Signalled>();
  readonly #keys = new Map<string, number>();

  constructor(clock: Clock, directory: BotDirectory) {
    this.#clock = clock;
    this.#directory = directory;
  }

  noteMembers(members: readonly CallMember[]): void {
    for (const { isSelf, userId, displayName, microphone, camera } of members) {
      if (isSelf) continue;
      this.#directory.learnFromName(userId, displayName);
      if (microphone) this.#noteTrack(userId, "audio");
      if (camera) this.#noteTrack(userId, "video");
    }
  }

  /** Only what Olm has decrypted counts as a key. */
  noteMessage({ type, sender, encryptedBy }: ToDeviceMessage): void {
    if (type !== KEY_MESSAGE_TYPE || !encryptedBy || this.#keys.has(sender)) return;
    this.#keys.set(sender, this.#clock.nowMs());
  }

  /** The streams with what is known of them here; those of which no packet came are added. */
  complete(streams: readonly StreamReport[]): readonly StreamReport[] {
    const keys = new Map(Array.from(this.#keys, ([userId, atMs]) => [this.#directory.numberOf(userId), atMs]));
    const completed = new Map(streams.map((stream) => [keyOf(stream), stream]));
    for (const { from, kind, atMs } of this.#tracks.values()) {
      const known = completed.get(keyOf({ from, kind }));
      const empty = { from, kind, counts: NO_FRAMES, keyState: "none", longestGapMs: 0 } as const;
      completed.set(keyOf({ from, kind }), { signalledAtMs: atMs, ...(known ?? empty) });
    }
    return Array.from(completed.values(), (stream) => withKey(stream, keys.get(stream.from)));
  }

  #noteTrack(userId: string, kind: MediaKind): void {
    const from = this.#directory.numberOf(userId);
    if (from === undefined) return;
    const key = keyOf({ from, kind });
    if (!this.#tracks.has(key)) this.#tracks.set(key, { from, kind, atMs: this.#clock.nowMs() });
  }
}

function withKey(stream: StreamReport, firstKeyAtMs: number | undefined): StreamReport {
  if (firstKeyAtMs === undefined) return stream;
  const keyState = stream.keyState === "none" ? "held" : stream.keyState;
  return { firstKeyAtMs, ...stream, keyState };
}

function keyOf({ from, kind }: Pick<StreamReport, "from" | "kind">): string {
  return `${kind} ${from}`;
}
