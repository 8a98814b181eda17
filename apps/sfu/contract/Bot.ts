import {
  AudioFrame,
  AudioSource,
  AudioStream,
  type DataPacketKind,
  LocalAudioTrack,
  LocalVideoTrack,
  type LocalTrackPublication,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  Room,
  RoomEvent,
  type RoomOptions,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
  VideoStream,
} from "@livekit/rtc-node";

export type BotOptions = Partial<RoomOptions>;

export interface ReceivedData {
  readonly text: string;
  readonly from: string | undefined;
  readonly topic: string | undefined;
  readonly kind: DataPacketKind | undefined;
}

const SAMPLE_RATE_HZ = 48_000;
const FRAME_MS = 20;
const TONE_HZ = 440;
const AMPLITUDE = 8000;
const VIDEO_WIDTH = 320;
const VIDEO_HEIGHT = 180;
const VIDEO_FRAME_MS = 66;
const POLL_MS = 25;
/** Many frames long. */
const SILENCE_MS = 700;
const WAIT_LIMIT_MS = 20_000;

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = Date.now() + WAIT_LIMIT_MS;
  while (!(await isSo())) {
    if (Date.now() > deadlineMs) throw new Error(`Never so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A participant on rtc-node that keeps account of what happens to it. */
export class Bot {
  readonly room: Room = new Room();
  readonly data: ReceivedData[] = [];
  /** Names of the room's events so far. */
  readonly events: string[] = [];
  /** Frames received so far, by track sid. */
  readonly frames: Map<string, number> = new Map();
  /** Loudest sample of the last frame, by track sid. */
  readonly peaks: Map<string, number> = new Map();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #streams = new Set<{ cancel(): Promise<void> }>();

  static async join(url: string, token: string, options: BotOptions = {}): Promise<Bot> {
    const bot = new Bot();
    await bot.room.connect(url, token, { autoSubscribe: true, dynacast: false, ...options });
    return bot;
  }

  private constructor() {
    const { room } = this;
    for (const name of Object.values(RoomEvent)) room.on(name, () => void this.events.push(name));
    room.on(RoomEvent.DataReceived, (payload, participant, kind, topic) => {
      this.data.push({ text: new TextDecoder().decode(payload), from: participant?.identity, kind, topic });
    });
    room.on(RoomEvent.TrackSubscribed, (track) => void this.#count(track));
  }

  get self(): NonNullable<Room["localParticipant"]> {
    const { localParticipant } = this.room;
    if (!localParticipant) throw new Error("Not connected");
    return localParticipant;
  }

  /** Publishes a tone. */
  async publishTone(options: Partial<TrackPublishOptions> = {}, name = "tone"): Promise<LocalTrackPublication> {
    const source = new AudioSource(SAMPLE_RATE_HZ, 1);
    const track = LocalAudioTrack.createAudioTrack(name, source);
    const publication = await this.self.publishTrack(
      track,
      new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE, ...options }),
    );
    let sample = 0;
    const samples = (SAMPLE_RATE_HZ * FRAME_MS) / 1000;
    this.#repeat(FRAME_MS, () => {
      const frame = new Int16Array(samples);
      for (let index = 0; index < samples; index += 1, sample += 1) {
        frame[index] = AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * sample) / SAMPLE_RATE_HZ);
      }
      source.captureFrame(new AudioFrame(frame, SAMPLE_RATE_HZ, 1, samples)).catch(() => {});
    });
    return publication;
  }

  /** Publishes a small moving picture. */
  async publishPicture(options: Partial<TrackPublishOptions> = {}, name = "picture"): Promise<LocalTrackPublication> {
    const source = new VideoSource(VIDEO_WIDTH, VIDEO_HEIGHT);
    const track = LocalVideoTrack.createVideoTrack(name, source);
    const publication = await this.self.publishTrack(
      track,
      new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA, simulcast: false, ...options }),
    );
    let shade = 0;
    this.#repeat(VIDEO_FRAME_MS, () => {
      shade = (shade + 5) % 256;
      const data = new Uint8Array((VIDEO_WIDTH * VIDEO_HEIGHT * 3) / 2).fill(shade);
      source.captureFrame(new VideoFrame(data, VIDEO_WIDTH, VIDEO_HEIGHT, VideoBufferType.I420));
    });
    return publication;
  }

  say(text: string, options: Partial<{ reliable: boolean; destination_identities: string[]; topic: string }> = {}) {
    return this.self.publishData(new TextEncoder().encode(text), { reliable: true, ...options });
  }

  peer(identity: string): RemoteParticipant | undefined {
    return this.room.remoteParticipants.get(identity);
  }

  publications(identity: string): RemoteTrackPublication[] {
    return [...(this.peer(identity)?.trackPublications.values() ?? [])];
  }

  /** Waits until another participant is known and satisfies `accept`. */
  async meets(identity: string, accept: (peer: RemoteParticipant) => boolean = () => true): Promise<RemoteParticipant> {
    await until(() => {
      const peer = this.peer(identity);
      return peer !== undefined && accept(peer);
    }, `${identity} is there as awaited`);
    return this.peer(identity) as RemoteParticipant;
  }

  /** Waits until `more` further frames of a track, any of somebody's by default, have come. */
  async receives(identity: string, more = 5, sid?: string): Promise<void> {
    const count = (): number =>
      this.publications(identity)
        .filter((each) => sid === undefined || each.sid === sid)
        .reduce((sum, each) => sum + (this.frames.get(each.sid ?? "") ?? 0), 0);
    const before = count();
    await until(() => count() >= before + more, `frames of ${identity} come`);
  }

  /** Waits until no frames of somebody come any more. */
  async misses(identity: string): Promise<void> {
    const count = (): number =>
      this.publications(identity).reduce((sum, { sid }) => sum + (this.frames.get(sid ?? "") ?? 0), 0);
    await until(async () => {
      const before = count();
      await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
      return count() === before;
    }, `nothing of ${identity} comes`);
  }

  async hears(text: string): Promise<ReceivedData> {
    await until(() => this.data.some((each) => each.text === text), `"${text}" comes`);
    return this.data.find((each) => each.text === text) as ReceivedData;
  }

  /** Stops what it publishes and leaves. */
  async leave(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
    await Promise.allSettled([...this.#streams].map((stream) => stream.cancel()));
    await this.room.disconnect();
  }

  #repeat(periodMs: number, run: () => void): void {
    const timer = setInterval(run, periodMs);
    timer.unref();
    this.#timers.add(timer);
  }

  async #count(track: RemoteTrack): Promise<void> {
    const sid = track.sid ?? "";
    try {
      const stream = track.kind === TrackKind.KIND_AUDIO ? new AudioStream(track) : new VideoStream(track);
      const reader = stream.getReader() as ReadableStreamDefaultReader<AudioFrame | object>;
      this.#streams.add(reader);
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        // An audio stream goes on with silence when nothing comes, so only sound counts.
        const peak = value instanceof AudioFrame ? Math.max(...value.data) : 1;
        this.peaks.set(sid, peak);
        if (peak > 0) this.frames.set(sid, (this.frames.get(sid) ?? 0) + 1);
      }
    } catch {
      // The track has gone.
    }
  }
}
