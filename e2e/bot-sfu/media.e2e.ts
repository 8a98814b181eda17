import { browserTypes, createProtocolSfu, ProtocolTrack } from "@conclave/bot/rtc";
import type { ProtocolConnection, RtpEnd } from "@conclave/bot/rtc";
import type { SfuLocalTrack, TrackGuard } from "@conclave/call";
import { Scope, silentLogger, systemClock } from "@conclave/kit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { numberOf, NumberedFrames } from "./NumberedFrames.ts";
import { startSfu, type StartedSfu } from "./startSfu.ts";

const PATIENCE = { timeout: 15_000, interval: 20 };
const ENOUGH_FRAMES = 30;

let sfu: StartedSfu;
let scope: Scope;
let roomCount = 0;
let room: string;

beforeAll(async () => {
  sfu = await startSfu();
});

beforeEach(() => {
  scope = new Scope();
  room = `room-${(roomCount += 1)}`;
});

afterEach(() => scope.end());

afterAll(() => sfu.close());

describe("media of protocol bots over our SFU", () => {
  it("brings every frame of everybody to everybody else, in order", async () => {
    const bots = await Promise.all(["anna", "ben", "cleo"].map((name) => TestBot.join(name)));
    for (const bot of bots) await bot.publishBoth();

    for (const bot of bots) {
      for (const other of bots.filter((each) => each !== bot)) {
        await expect
          .poll(() => bot.numbersOf(other.name, "microphone").length, PATIENCE)
          .toBeGreaterThan(ENOUGH_FRAMES);
        await expect.poll(() => bot.numbersOf(other.name, "camera").length, PATIENCE).toBeGreaterThan(ENOUGH_FRAMES);
        expect(gapsIn(bot.numbersOf(other.name, "microphone"))).toEqual([]);
        expect(gapsIn(bot.numbersOf(other.name, "camera"))).toEqual([]);
      }
      expect(bot.firstPackets).toHaveLength(4);
      for (const { packets, lostPackets } of bot.connection.receivedTracks()) {
        expect(packets).toBeGreaterThan(ENOUGH_FRAMES);
        expect(lostPackets).toBe(0);
      }
    }
  });

  it("sends nothing while it is muted, and goes on where it was", async () => {
    const [anna, ben] = await Promise.all(["anna", "ben"].map((name) => TestBot.join(name)));
    const microphone = await anna!.publish("audio");
    await expect.poll(() => ben!.numbersOf("anna", "microphone").length, PATIENCE).toBeGreaterThan(5);

    await microphone.setMuted(true);
    const sentBefore = anna!.sources.audio.sent;
    await expect.poll(() => ben!.isMuted("anna"), PATIENCE).toBe(true);
    expect(anna!.sources.audio.sent).toBe(sentBefore);
    await microphone.setMuted(false);

    await expect.poll(() => ben!.numbersOf("anna", "microphone").at(-1), PATIENCE).toBeGreaterThan(sentBefore + 5);
    expect(gapsIn(ben!.numbersOf("anna", "microphone"))).toEqual([]);
  });

  it("receives the next track in the section of one that is gone, under its new owner", async () => {
    const [anna, ben, cleo] = await Promise.all(["anna", "ben", "cleo"].map((name) => TestBot.join(name)));
    const camera = await anna!.publish("video");
    await expect.poll(() => ben!.numbersOf("anna", "camera").length, PATIENCE).toBeGreaterThan(3);

    await camera.unpublish();
    await expect.poll(() => ben!.publications("anna"), PATIENCE).toBe(0);
    await cleo!.publish("video");
    await expect.poll(() => ben!.numbersOf("cleo", "camera").length, PATIENCE).toBeGreaterThan(3);
    const seen = ben!.numbersOf("anna", "camera").length;
    await anna!.publish("video");

    await expect.poll(() => ben!.numbersOf("anna", "camera").length, PATIENCE).toBeGreaterThan(seen + 3);
    expect(ben!.connection.receivedTracks().map(({ identity, isGone }) => [identity, isGone])).toEqual([
      ["anna", true],
      ["cleo", false],
      ["anna", false],
    ]);
  });

  it("receives no more of a track that it is told not to show, or that it unsubscribes from", async () => {
    const [anna, ben] = await Promise.all(["anna", "ben"].map((name) => TestBot.join(name)));
    await anna!.publishBoth();
    await expect.poll(() => ben!.numbersOf("anna", "camera").length, PATIENCE).toBeGreaterThan(3);
    const sidOf = (source: string) => ben!.connection.receivedTracks().find((track) => track.source === source)!.sid;

    ben!.connection.setVideoSize(sidOf("camera"), { width: 0, height: 0 });
    ben!.connection.unsubscribe(sidOf("microphone"));
    await expect.poll(() => ben!.shows("anna", "microphone"), PATIENCE).toBe(false);

    const { audio, video } = anna!.sources;
    const [audioSent, videoSent] = [audio.sent, video.sent];
    await expect.poll(() => video.sent, PATIENCE).toBeGreaterThan(videoSent + 5);
    expect(ben!.numbersOf("anna", "camera").at(-1)).toBeLessThan(videoSent + 5);
    expect(ben!.numbersOf("anna", "microphone").at(-1)).toBeLessThanOrEqual(audioSent);
  });

  it("shows who speaks", async () => {
    const [anna, ben] = await Promise.all(["anna", "ben"].map((name) => TestBot.join(name)));

    await anna!.publish("audio");

    await expect.poll(() => ben!.connection.participants.get()[0]?.isSpeaking, PATIENCE).toBe(true);
    await expect.poll(() => anna!.connection.ownIsSpeaking.get(), PATIENCE).toBe(true);
  });

  it("ends as failed when its signalling is lost", async () => {
    const anna = await TestBot.join("anna");
    const reasons: string[] = [];
    anna.connection.ended.on(scope, ({ reason }) => reasons.push(reason));

    sfu.dropSockets();

    await expect.poll(() => anna.connection.state.get(), PATIENCE).toBe("ended");
    expect(reasons).toEqual(["failed"]);
  });

  it("is refused with a bad grant, and says so", async () => {
    const grant = await sfu.grantFor(room, "anna");
    const client = createProtocolSfu({ clock: systemClock, logger: silentLogger });

    const attempt = client.connect({ ...grant, jwt: "nonsense" }, { guard: new TestBot("anna") }, scope);

    await expect(attempt).rejects.toMatchObject({ code: "grant_refused", retryable: false });
  });
});

/** A bot whose frames are not encrypted and whose received ones are kept. */
class TestBot implements TrackGuard {
  static async join(name: string): Promise<TestBot> {
    const bot = new TestBot(name);
    const observer = {
      packetReceived: (identity: string, kind: string) => void bot.firstPackets.push(identity + kind),
    };
    const client = createProtocolSfu({ clock: systemClock, logger: silentLogger, observer });
    bot.connection = await client.connect(await sfu.grantFor(room, name), { guard: bot }, scope);
    return bot;
  }

  readonly name: string;
  readonly isEncrypted = false;
  readonly sources = { audio: new NumberedFrames("audio"), video: new NumberedFrames("video") };
  readonly firstPackets: string[] = [];
  connection!: ProtocolConnection;
  readonly #numbers = new Map<string, number[]>();

  constructor(name: string) {
    this.name = name;
  }

  protectSender(sender: RTCRtpSender): void {
    browserTypes.fromRtcEnd(sender).transform = (frame) => Promise.resolve(frame.data);
  }

  protectReceiver(receiver: RTCRtpReceiver, track: { readonly identity: string; readonly source: string }): void {
    const end: RtpEnd = browserTypes.fromRtcEnd(receiver);
    const numbers = this.numbersOf(track.identity, track.source);
    end.transform = async ({ data }) => {
      numbers.push(numberOf(data));
      return data;
    };
  }

  publish(kind: "audio" | "video"): Promise<SfuLocalTrack> {
    const source = kind === "audio" ? "microphone" : "camera";
    return this.connection.publish(browserTypes.asMediaStreamTrack(new ProtocolTrack(kind, this.sources[kind])), {
      source,
    });
  }

  async publishBoth(): Promise<void> {
    await Promise.all([this.publish("audio"), this.publish("video")]);
  }

  numbersOf(identity: string, source: string): number[] {
    const key = `${source} ${identity}`;
    const numbers = this.#numbers.get(key) ?? [];
    this.#numbers.set(key, numbers);
    return numbers;
  }

  isMuted(identity: string): boolean | undefined {
    return this.#participant(identity)?.publications[0]?.isMuted;
  }

  publications(identity: string): number | undefined {
    return this.#participant(identity)?.publications.length;
  }

  shows(identity: string, source: string): boolean {
    const publication = this.#participant(identity)?.publications.find((each) => each.source === source);
    return publication?.track !== undefined;
  }

  #participant(identity: string) {
    return this.connection.participants.get().find((participant) => participant.identity === identity);
  }
}

function gapsIn(numbers: readonly number[]): string[] {
  return numbers.flatMap((number, index) => {
    const expected = (numbers[index - 1] ?? number - 1) + 1;
    return number === expected ? [] : [`${number} after ${expected - 1}`];
  });
}
