import type { Call, CallMember, CallState, CallStatistics, CallTrust } from "@conclave/call";
import { signal, type WritableSignal } from "@conclave/kit";

/** A call that does what a test says and remembers what it was told. */
export class FakeCall implements Call {
  readonly state: WritableSignal<CallState>;
  readonly members: WritableSignal<readonly CallMember[]>;
  readonly trust: WritableSignal<CallTrust>;
  readonly statistics: WritableSignal<CallStatistics> = signal(EMPTY_STATISTICS);
  readonly timings: ReadonlyMap<string, number> = new Map([["click", 0]]);
  readonly isEncrypted = true;
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

  setVideoSize(sid: string, size: { readonly width: number; readonly height: number }): void {
    this.told.push(`size ${sid} ${size.width}x${size.height}`);
  }

  async leave(): Promise<void> {
    this.told.push("leave");
    this.state.set({ phase: "left" });
  }
}

const ALONE: CallTrust = { state: "alone", verifiedMembers: 0, mediaMembers: 0 };

const EMPTY_STATISTICS: CallStatistics = {
  framesDecrypted: 0,
  framesUndecryptable: 0,
  framesReplayed: 0,
  framesPassedPlain: 0,
  framesEncrypted: 0,
  framesDroppedNoKey: 0,
  keysInstalled: 0,
  keysRejected: {},
  ownKeyIndex: undefined,
  keysCreated: 0,
};
