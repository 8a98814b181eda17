import type { TappedPacket } from "../tap/FrameRecorder.ts";
import { type Loot, MOVES, type Move, type MoveName } from "./moves.ts";
import { FrameAssembler, packetise, type RtpFrame } from "./RtpFrame.ts";

/** What the SFU's hook hands out says which track it is of, too. */
export interface HookedPacket extends TappedPacket {
  readonly trackSid: string;
}

const RECORDED_FRAMES = 200;
/** Old enough that it is no late packet: more than a second of sound, several of video. */
const EARLIER_FRAMES = 60;

type Run = ReturnType<Move["start"]>;

interface Track {
  readonly assembler: FrameAssembler;
  readonly recorded: RtpFrame[];
  sequence: number;
  run: Run | undefined;
}

/**
 * What a hostile operator does with the packets of a room: everything is forwarded as it is until it is told a move, which
 * it then makes on all tracks of one person. `meddle` says what goes on in the place of a packet.
 */
export class HostileSfu {
  /** Whole honest frames of the victim that have gone on, each counted once. */
  honestFrames = 0;
  /** Frames that have gone on beside those. */
  foreignFrames = 0;
  /** When the first frame of the present move went out. */
  movedAtMs: number | undefined;
  readonly #tracks = new Map<string, Track>();
  readonly #loot: Loot = {
    earlier: (frame) => this.#ofTrack(frame).at(-EARLIER_FRAMES),
    foreign: (frame) => this.#latest(({ identity, kind }) => identity !== frame.identity && kind === frame.kind),
    otherKind: (frame) => this.#latest(({ identity, kind }) => identity === frame.identity && kind !== frame.kind),
  };
  #victim: string | undefined;
  #move: Move | undefined;

  /** Makes a move on what this person sends. */
  begin(move: MoveName, victim: string): void {
    this.#victim = victim;
    this.#move = MOVES[move];
    this.movedAtMs = undefined;
    for (const track of this.#tracks.values()) track.run = undefined;
  }

  /** Forwards honestly again. */
  rest(): void {
    this.#move = undefined;
    for (const track of this.#tracks.values()) track.run = undefined;
  }

  readonly meddle = (packet: HookedPacket): readonly Buffer[] => {
    const track = this.#trackOf(packet);
    const frame = track.assembler.add(packet);
    if (!frame) return [];
    track.recorded.push(frame);
    if (track.recorded.length > RECORDED_FRAMES) track.recorded.shift();
    return this.#forward(track, frame);
  };

  #forward(track: Track, frame: RtpFrame): Buffer[] {
    const isVictim = frame.identity === this.#victim;
    const run = isVictim && this.#move ? (track.run ??= this.#move.start()) : undefined;
    const sent = run?.(frame, this.#loot) ?? [{ data: frame.data }];
    return sent.flatMap(({ data, laterTicks = 0, original = frame }) => {
      if (isVictim) this.#count(data === original.data && laterTicks === 0, run !== undefined);
      const timestamp = original.timestamp + laterTicks;
      const packets = packetise(original, { data, timestamp, firstSequence: track.sequence });
      track.sequence += packets.length;
      return packets;
    });
  }

  #count(isHonest: boolean, isMoving: boolean): void {
    if (isHonest) this.honestFrames += 1;
    else this.foreignFrames += 1;
    if (isMoving && !isHonest) this.movedAtMs ??= Date.now();
  }

  #trackOf({ trackSid }: HookedPacket): Track {
    const known = this.#tracks.get(trackSid);
    if (known) return known;
    const track: Track = { assembler: new FrameAssembler(), recorded: [], sequence: 0, run: undefined };
    this.#tracks.set(trackSid, track);
    return track;
  }

  #ofTrack(frame: RtpFrame): readonly RtpFrame[] {
    return [...this.#tracks.values()].find(({ recorded }) => recorded.at(-1) === frame)?.recorded ?? [];
  }

  #latest(isWanted: (frame: RtpFrame) => boolean): RtpFrame | undefined {
    return [...this.#tracks.values()].flatMap(({ recorded }) => recorded.slice(-1)).find(isWanted);
  }
}
