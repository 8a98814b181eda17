import type { Call, CallMember, CallStatistics, CallTrack } from "@conclave/call";

import type { KeyState, MediaBytes, SentInterval } from "../../../model.ts";
import type { EngineTotals } from "./EngineTotals.ts";
import type { ExtraScreens } from "./ExtraScreens.ts";
import type { OwnMedia } from "./OwnMedia.ts";
import type { PageObserver } from "./PageObserver.ts";
import type { PeerBytes } from "./PeerBytes.ts";
import type { PictureReader } from "./PictureReader.ts";
import type { StreamTotals } from "./StreamTotals.ts";
import type { ToneReader } from "./ToneReader.ts";
import type { EngineTotal, ListedStream, StreamTotal } from "./totals.ts";

/** One call, as its engine tells of it. Instants in ms since 1970. */
export interface WatchedCall {
  readonly marks: Readonly<Record<string, number>>;
  readonly statistics: CallStatistics;
}

/** Everything that was seen since the page was opened. */
export interface PageTotals {
  readonly readAtMs: number;
  readonly ownUserId: string | undefined;
  readonly streams: readonly StreamTotal[];
  readonly engine: readonly EngineTotal[];
  readonly sent: readonly SentInterval[];
  /** Not older than a second. */
  readonly mediaBytes: MediaBytes;
  /** Oldest first; the last one may be running. */
  readonly calls: readonly WatchedCall[];
}

export interface WatchParts {
  readonly observer: PageObserver;
  readonly pictures: PictureReader;
  readonly tones: ToneReader;
  readonly streams: StreamTotals;
  readonly engine: EngineTotals;
  readonly own: OwnMedia;
  readonly extra: ExtraScreens;
  readonly bytes: PeerBytes;
}

type Tile = HTMLElement;

declare global {
  interface Window {
    callWatch: CallWatch;
  }
}

/**
 * Watches the app's call from the moment the page opens: each picture that is presented, the tone of each track ten
 * times a second, and what the engine counts.
 *
 * Runs in the page, where its source is all there is: it refers to nothing outside itself.
 */
export class CallWatch {
  readonly #parts: WatchParts;
  readonly #watched = new WeakSet<HTMLVideoElement>();
  /** Later calls of one page are not kept. */
  readonly #maxCalls = 1_000;
  readonly #ended: WatchedCall[] = [];
  /** Looks between two searches for tiles while nothing changes: to walk a page of fifty people costs as much as all else. */
  readonly #looksPerSearch = 5;
  #call: Call | undefined;
  #looks = 0;
  readonly #nobody: readonly CallMember[] = [];
  #members = this.#nobody;
  #searchAtLook = 0;
  #tiles: ReadonlyMap<string, Tile> = new Map();
  #onScreen: ReadonlySet<Tile> = new Set();
  #ownUserId: string | undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    setInterval(() => this.#look(), 100);
    setInterval(() => void parts.bytes.look(), 1_000);
  }

  read(): PageTotals {
    this.#look();
    const { streams, engine, own } = this.#parts;
    const nowMs = Date.now();
    return {
      readAtMs: nowMs,
      ownUserId: this.#ownUserId,
      streams: streams.read(nowMs),
      engine: engine.read(),
      sent: own.read((kind) => engine.sent(kind)),
      mediaBytes: this.mediaBytes(),
      calls: [...this.#ended, ...(this.#call ? [this.#tell(this.#call)] : [])],
    };
  }

  mediaBytes(): MediaBytes {
    return this.#parts.bytes.read();
  }

  #look(): void {
    const call = window.conclave?.call;
    if (call !== this.#call) {
      if (this.#call && this.#ended.length < this.#maxCalls) this.#ended.push(this.#tell(this.#call));
      this.#call = call;
    }
    const members = call && this.#isOn(call) ? call.members.get() : this.#nobody;
    this.#findTiles(members);
    const others = members.filter((member) => !member.isSelf);
    const extra = this.#showHidden(others);
    this.#parts.streams.list(
      others.flatMap((member) => this.#streamsOf(member, extra)),
      Date.now(),
    );
    this.#listen(others);
    this.#noteOwn(members.find((member) => member.isSelf));
    this.#looks++;
  }

  /** When members change at once, and once more for what the page had not drawn by then; else now and then. */
  #findTiles(members: readonly CallMember[]): void {
    const hasChanged = members !== this.#members;
    this.#members = members;
    if (!hasChanged && this.#looks < this.#searchAtLook) return;
    this.#searchAtLook = this.#looks + (hasChanged ? 1 : this.#looksPerSearch);
    this.#tiles = this.#search();
    this.#onScreen = new Set([...this.#tiles.values()].filter((tile) => this.#isOnScreen(tile)));
    for (const tile of this.#tiles.values()) this.#watchTile(tile);
  }

  #isOn(call: Call): boolean {
    return ["joined", "reconnecting"].includes(call.state.get().phase);
  }

  #tell(call: Call): WatchedCall {
    const marks = [...call.timings].map(([mark, atMs]) => [mark, performance.timeOrigin + atMs] as const);
    return { marks: Object.fromEntries(marks), statistics: call.statistics.get() };
  }

  /** Of the others, by member id. */
  #search(): Map<string, Tile> {
    const found = new Map<string, Tile>();
    for (const element of this.#parts.observer.elementsOf(document)) {
      if (!(element instanceof HTMLElement) || element.dataset["kind"] !== "person") continue;
      if (element.dataset["testid"] === "tile") found.set(element.dataset["memberId"] ?? "", element);
    }
    return found;
  }

  /**
   * The app shows 25 people at a time and asks for no other pictures. So that each one is witnessed, the others' are
   * asked for and shown here. @returns the sids of those
   */
  #showHidden(others: readonly CallMember[]): ReadonlySet<string> {
    const shown = new Set<string>();
    for (const { id, userId, camera } of others) {
      const tile = this.#tiles.get(id);
      if (!camera || camera.isMuted || !tile || this.#onScreen.has(tile)) continue;
      // The app may have its say after ours.
      if (this.#looks % 10 === 0) this.#call?.setVideoSize(camera.sid, { width: 320, height: 180 });
      if (!camera.track) continue;
      const watch = (video: HTMLVideoElement): void => this.#watchVideo(video, () => userId);
      if (this.#parts.extra.show(camera.sid, camera.track, watch)) shown.add(camera.sid);
    }
    this.#parts.extra.keepOnly(shown);
    return shown;
  }

  #streamsOf(member: CallMember, extra: ReadonlySet<string>): ListedStream[] {
    const { userId, displayName, deviceId, id: memberId } = member;
    const tile = this.#tiles.get(memberId);
    const toStream = (kind: "audio" | "video", track: CallTrack | undefined): ListedStream[] => {
      if (!track) return [];
      const isSending = !track.isMuted && track.track !== undefined;
      const isShown = kind === "audio" || extra.has(track.sid) || (tile !== undefined && this.#onScreen.has(tile));
      const keyState = this.#keyStateOf(member);
      return [{ userId, displayName, deviceId, memberId, kind, isSending, isShown, keyState }];
    };
    return [...toStream("audio", member.microphone), ...toStream("video", member.camera)];
  }

  #isOnScreen(tile: Tile): boolean {
    const { left, width } = tile.getBoundingClientRect();
    return width > 0 && left + width / 2 > 0 && left + width / 2 < innerWidth;
  }

  #keyStateOf({ decryption, microphone }: CallMember): KeyState {
    if (decryption === "decrypting") return "opens";
    if (decryption === "failing") return "wrong";
    const wouldTell = microphone?.track !== undefined && !microphone.isMuted;
    return decryption === "nothing_to_decrypt" && wouldTell ? "held" : "none";
  }

  #listen(others: readonly CallMember[]): void {
    const { tones, streams } = this.#parts;
    const heard = new Set<string>();
    for (const { userId, microphone } of others) {
      if (!microphone?.track || microphone.isMuted) continue;
      heard.add(microphone.track.id);
      streams.sound(userId, tones.read(microphone.track), Date.now());
    }
    tones.keepOnly(heard);
  }

  #watchTile(tile: Tile): void {
    for (const element of tile.shadowRoot ? this.#parts.observer.elementsOf(tile.shadowRoot) : []) {
      if (!(element instanceof HTMLVideoElement) || this.#watched.has(element)) continue;
      this.#watched.add(element);
      this.#watchVideo(element, () => (this.#onScreen.has(tile) ? tile.dataset["userId"] : undefined));
    }
  }

  /** @param whose user id of the person that it shows; `undefined` while nobody looks */
  #watchVideo(video: HTMLVideoElement, whose: () => string | undefined): void {
    const onFrame = (_: number, { presentedFrames: presented }: VideoFrameCallbackMetadata): void => {
      video.requestVideoFrameCallback(onFrame);
      const userId = whose();
      if (userId === undefined) return;
      this.#parts.streams.picture(userId, { picture: this.#parts.pictures.measure(video), presented }, Date.now());
    };
    video.requestVideoFrameCallback(onFrame);
  }

  #noteOwn(self: CallMember | undefined): void {
    this.#ownUserId = self?.userId ?? this.#ownUserId;
    const { own, engine } = this.#parts;
    const note = (kind: "audio" | "video", track: CallTrack | undefined): void =>
      own.note(kind, track !== undefined && !track.isMuted, { ms: Date.now(), frames: engine.sent(kind) });
    note("audio", self?.microphone);
    note("video", self?.camera);
  }
}
