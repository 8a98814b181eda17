import {
  type AccountStore,
  type Call,
  type CallDeps,
  CallError,
  joinCall,
  type MatrixSession,
  type TrackSource,
} from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { type Clock, effect, type Logger, Scope, untracked } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";

import { type BotDirectory, botName } from "./BotDirectory.ts";
import { userIdOf } from "./botIdentity.ts";
import type { BotMedia } from "./BotMedia.ts";
import { codeOf, evidenceOf } from "./faultCodes.ts";
import { KeyTotals } from "./KeyTotals.ts";
import { calmSync } from "./manners/calmSync.ts";
import { behave, type Behaviour } from "./manners/behave.ts";
import type { Bot, BotPlace, BotReport, BotSpec, Finding, MediaBytes, NetworkProfile } from "./model.ts";
import { SignallingLog } from "./SignallingLog.ts";
import { StayLog } from "./StayLog.ts";

export interface CallBotDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly media: BotMedia;
  readonly account: AccountStore;
  readonly directory: BotDirectory;
}

/** What a bot has from logging in to vanishing. */
interface Opened {
  readonly session: MatrixSession;
  readonly behaviour: Behaviour;
  /** As the bot's manners are, also towards those who grant a place on an SFU. */
  readonly fetch: typeof globalThis.fetch;
}

const MAX_FINDINGS = 100;
/** What `signalledAtMs` is exact to in a small swarm, and in a large one. */
const LOOK_INTERVAL_MS = 100;
const SYNCS_PER_LOOK = 8;
/** Homeserver and Olm of a bot that leaves may still have something to say; then they are cut off. */
const LEAVE_LIMIT_MS = 10_000;

/** A bot in Node: the call engine that the app ships, with a tier's media in place of a browser's. */
export class CallBot implements Bot {
  readonly spec: BotSpec;
  readonly #deps: CallBotDeps;
  readonly #place: BotPlace;
  readonly #scope: Scope;
  readonly #stays: StayLog;
  readonly #signalling: SignallingLog;
  readonly #findings: Finding[] = [];
  readonly #keys = new KeyTotals();
  #opened: Opened | undefined;
  #prepared: Promise<RoomId> | undefined;
  #sessionScope: Scope;
  #call: Call | undefined;
  #stay: Scope;
  #isTalking: boolean;
  #isFilming: boolean;
  #network: NetworkProfile | undefined;
  #tracks = new Map<TrackSource, MediaStreamTrack>();

  constructor(deps: CallBotDeps, spec: BotSpec, place: BotPlace) {
    this.spec = spec;
    this.#deps = deps;
    this.#place = place;
    this.#scope = new Scope(() => this.#find("clean_up_failed", "Something of the bot could not be ended."));
    this.#sessionScope = this.#scope.child();
    this.#stay = this.#scope.child();
    this.#stays = new StayLog(deps.clock);
    this.#signalling = new SignallingLog(deps.clock, deps.directory);
    this.#isTalking = spec.talks;
    this.#isFilming = spec.films;
  }

  /** The user that it acts for, once prepared. */
  get userId(): string | undefined {
    return this.#opened?.session.userId;
  }

  /** Logs in and enters the room, so that a join measures the join alone. Resolves either way. */
  async prepare(): Promise<void> {
    await this.#enterRoom().catch((fault: unknown) => {
      this.#find("not_prepared", `The bot could not log in or enter the room (${codeOf(fault)}).`);
    });
  }

  async join(): Promise<void> {
    if (this.#call || this.#scope.isEnded) return;
    try {
      const roomId = await this.#enterRoom();
      await this.#joinCall(roomId);
    } catch (fault) {
      this.#stays.failed({ code: codeOf(fault), evidence: evidenceOf(fault) });
      this.#find("join_failed", `A join ended with ${codeOf(fault)}: ${evidenceOf(fault)}.`);
      await this.#endStay();
    }
  }

  async leave(): Promise<void> {
    const call = this.#call;
    if (!call) return;
    this.#stays.left();
    if (await this.#opened?.behaviour.leave()) return;
    this.#call = undefined;
    const limit = this.#stay.child();
    const cancel = this.#deps.clock.after(LEAVE_LIMIT_MS, () => void limit.end());
    await Promise.race([call.leave(), new Promise<void>((resolve) => void limit.onEnd(resolve))]);
    cancel();
    this.#keys.end();
    await this.#endStay();
  }

  async vanish(): Promise<void> {
    this.#stays.left();
    this.#opened?.behaviour.vanish();
    this.#deps.media.vanish?.();
    const call = this.#call;
    this.#call = undefined;
    this.#keys.end();
    // The membership stays behind, as it does when a process is killed: the homeserver's delayed leave ends it.
    await call?.leave();
    await this.#endStay();
    this.#prepared = undefined;
    await this.#sessionScope.end();
  }

  async setTalking(isTalking: boolean): Promise<void> {
    this.#isTalking = isTalking;
    const track = this.#tracks.get("microphone");
    if (track) track.enabled = isTalking;
    else if (isTalking && this.#call) await this.#publish("microphone");
  }

  async setFilming(isFilming: boolean): Promise<void> {
    this.#isFilming = isFilming;
    if (!this.#call) return;
    if (isFilming && !this.#tracks.has("camera")) await this.#publish("camera");
    if (!isFilming && this.#tracks.delete("camera")) await this.#tell(() => this.#call?.setCamera(undefined));
  }

  setNetwork(profile: NetworkProfile | undefined): Promise<void> {
    this.#network = profile;
    this.#deps.media.setNetwork?.(profile);
    return Promise.resolve();
  }

  report(): Promise<BotReport> {
    const { directory, media } = this.#deps;
    const { number, tier, manners, sabotage } = this.spec;
    return Promise.resolve({
      number,
      tier,
      manners,
      ...(sabotage ? { sabotage } : {}),
      stays: this.#stays.stays(),
      sent: media.sent(),
      received: this.#signalling.complete(media.streams((identity) => directory.numberOf(userIdOf(identity)))),
      mediaBytes: media.bytes(),
      keys: this.#keys.read(),
      findings: [...this.#findings],
    });
  }

  mediaBytes(): Promise<MediaBytes> {
    return Promise.resolve(this.#deps.media.bytes());
  }

  async close(): Promise<void> {
    await this.leave();
    const call = this.#call;
    this.#call = undefined;
    await call?.leave();
    await this.#scope.end();
    await this.#deps.media.close();
  }

  #enterRoom(): Promise<RoomId> {
    this.#prepared ??= this.#open().catch((fault: unknown) => {
      this.#prepared = undefined;
      throw fault;
    });
    return this.#prepared;
  }

  async #open(): Promise<RoomId> {
    const { account, clock, logger, randomBytes } = this.#deps;
    const { homeserverUrl, linkId, roomId } = this.#place;
    const behaviour = behave(this.#deps, this.spec, () => this.#network);
    const fetch = behaviour.fetch(this.#deps.fetch);
    const calm = calmSync({ clock, fetch }, this.#place.syncIntervalMs ?? 0);
    const cryptoStoreName = `bot-${this.spec.number}`;
    const scope = (this.#sessionScope = this.#scope.child());
    const session = await openMatrixHttp(
      { homeserverUrl, account, cryptoStoreName, fetch: calm, logger, clock, randomBytes },
      scope,
    );
    this.#opened = { session, behaviour, fetch };
    session.toDeviceReceived.on(scope, (message) => this.#signalling.noteMessage(message));
    await session.setDisplayName(botName(this.spec.number));
    const entered = await (linkId === undefined ? session.joinRoom(roomId) : session.joinByLink(linkId));
    await session.cryptoReady;
    return entered;
  }

  async #joinCall(roomId: RoomId): Promise<void> {
    const { clock, logger, media, randomBytes } = this.#deps;
    if (!this.#opened) throw new CallError("internal", "The bot is not prepared");
    const { session, behaviour, fetch } = this.#opened;
    await this.#endStay();
    const stay = (this.#stay = this.#scope.child());
    const matrix = behaviour.matrix(session);
    const { createFrameCrypto, sfu } = media;
    const deps: CallDeps = { matrix, sfu, createFrameCrypto, clock, randomBytes, fetch, logger };
    const { fallbackServiceUrl } = this.#place;
    this.#stays.begin();
    const call = await joinCall(deps, {
      roomId,
      ...(fallbackServiceUrl === undefined ? {} : { fallbackServiceUrl }),
      ...(this.#isTalking ? { microphone: this.#make("microphone") } : {}),
      ...(this.#isFilming ? { camera: this.#make("camera") } : {}),
      isListener: !this.spec.talks && !this.spec.films,
    });
    this.#call = call;
    this.#keys.begin(call.statistics);
    this.#stays.joined(call.timings);
    this.#keepLooking(call, stay);
    effect(stay, () => this.#noteState(call));
  }

  /** The list changes with everything that anybody does: hundreds of bots in one process look at it now and then. */
  #keepLooking(call: Call, stay: Scope): void {
    const intervalMs = Math.max(LOOK_INTERVAL_MS, SYNCS_PER_LOOK * (this.#place.syncIntervalMs ?? 0));
    this.#signalling.noteMembers(untracked(() => call.members.get()));
    const cancel = this.#deps.clock.after(intervalMs, () => {
      forget();
      if (!stay.isEnded) this.#keepLooking(call, stay);
    });
    const forget = stay.onEnd(cancel);
  }

  #noteState(call: Call): void {
    const state = call.state.get();
    if (state.phase !== "failed" || this.#call !== call) return;
    untracked(() => {
      this.#call = undefined;
      this.#keys.end();
      this.#stays.left();
      this.#find("call_failed", `A running call ended with ${state.error.code}: ${evidenceOf(state.error)}.`);
    });
  }

  #make(source: "microphone" | "camera"): MediaStreamTrack {
    const { media } = this.#deps;
    const track = source === "microphone" ? media.createMicrophone() : media.createCamera();
    this.#tracks.set(source, track);
    return track;
  }

  #publish(source: "microphone" | "camera"): Promise<void> {
    const track = this.#make(source);
    return this.#tell(() =>
      source === "microphone" ? this.#call?.setMicrophone(track) : this.#call?.setCamera(track),
    );
  }

  async #tell(command: () => Promise<void> | undefined): Promise<void> {
    try {
      await command();
    } catch (fault) {
      this.#find("not_published", `A track could not be published or taken away (${codeOf(fault)}).`);
    }
  }

  async #endStay(): Promise<void> {
    for (const track of this.#tracks.values()) track.stop();
    this.#tracks.clear();
    await this.#stay.end();
  }

  #find(code: string, sentence: string): void {
    if (this.#findings.length >= MAX_FINDINGS) return;
    this.#findings.push({ atMs: this.#deps.clock.nowMs(), bot: this.spec.number, code, sentence });
  }
}
