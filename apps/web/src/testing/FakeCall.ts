import {
  type Call,
  type CallError,
  type CallHand,
  type CallMember,
  type CallState,
  type CallStatistics,
  type CallTrust,
  NO_CALL_STATISTICS,
  type RosterDifference,
} from "@conclave/call";
import { signal, type WritableSignal } from "@conclave/kit";

/** A call that does what a test says and remembers what it was told. */
export class FakeCall implements Call {
  readonly state: WritableSignal<CallState>;
  readonly members: WritableSignal<readonly CallMember[]>;
  readonly trust: WritableSignal<CallTrust>;
  readonly statistics: WritableSignal<CallStatistics> = signal(NO_CALL_STATISTICS);
  readonly keys: Call["keys"] = signal([]);
  readonly timings: ReadonlyMap<string, number> = new Map([["click", 0]]);
  readonly isEncrypted = true;
  readonly clockSkewMs: WritableSignal<number | undefined> = signal<number | undefined>(undefined);
  readonly roster: WritableSignal<readonly RosterDifference[]> = signal([]);
  readonly isLeaveProtected: WritableSignal<boolean> = signal(true);
  readonly form: Call["form"] = { layer: "deployed", memberId: "me" };
  readonly hands: WritableSignal<readonly CallHand[]> = signal<readonly CallHand[]>([]);
  readonly reactions: WritableSignal<ReadonlyMap<string, string>> = signal(new Map());
  readonly ring: Call["ring"] = signal(undefined);
  /** What hands, emojis and intents fail with. */
  tellFailure: CallError | undefined;
  /** What it was told, in order, like `microphone on`. */
  readonly told: string[] = [];

  constructor(members: readonly CallMember[] = [], trust: CallTrust = ALONE) {
    this.state = signal<CallState>({ phase: "joined" });
    this.members = signal(members);
    this.trust = signal(trust);
  }

  async setMicrophone(track: MediaStreamTrack | undefined): Promise<void> {
    this.told.push(`microphone ${track === undefined ? "off" : "on"}`);
  }

  async setMicrophoneMuted(isMuted: boolean): Promise<void> {
    this.told.push(isMuted ? "muted" : "unmuted");
  }

  async setCamera(track: MediaStreamTrack | undefined): Promise<void> {
    this.told.push(`camera ${track === undefined ? "off" : "on"}`);
  }

  async setScreen(video: MediaStreamTrack | undefined): Promise<void> {
    this.told.push(`screen ${video === undefined ? "off" : "on"}`);
  }

  raiseHand(): Promise<void> {
    return this.#tell("hand up");
  }

  lowerHand(): Promise<void> {
    return this.#tell("hand down");
  }

  react(emoji: string): Promise<void> {
    return this.#tell(`react ${emoji}`);
  }

  setIntent(intent: "audio" | "video"): Promise<void> {
    return this.#tell(`intent ${intent}`);
  }

  setVideoSize(sid: string, size: { readonly width: number; readonly height: number }): void {
    this.told.push(`size ${sid} ${size.width}x${size.height}`);
  }

  async leave(): Promise<void> {
    this.told.push("leave");
    this.state.set({ phase: "left" });
  }

  async #tell(fact: string): Promise<void> {
    if (this.tellFailure) throw this.tellFailure;
    this.told.push(fact);
  }
}

const ALONE: CallTrust = { state: "alone", verifiedMembers: 0, mediaMembers: 0 };
