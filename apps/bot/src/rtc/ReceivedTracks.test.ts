import { describe, expect, it } from "vitest";
import * as fc from "fast-check";

import { WireCount } from "../sfu/WireCount.ts";
import type { AnnouncedTrack } from "./AnnouncedTrack.ts";
import { browserTypes } from "./browserTypes.ts";
import { ReceivedTracks } from "./ReceivedTracks.ts";
import { Packetiser } from "./rtp/Packetiser.ts";
import type { SdpSection } from "./sdp/sections.ts";

const BOB: AnnouncedTrack = { identity: "bob", source: "microphone", codec: "opus" };
const SECTION: SdpSection = {
  mid: "1",
  kind: "audio",
  isSending: true,
  streamId: "PA_1|TR_1",
  trackId: "TR_1",
  ssrcs: [7],
  codecs: new Map([[111, "opus"]]),
};

/** Tracks of one connection, what the guard was asked and what was delivered. */
class Lab {
  readonly announced = new Map<string, AnnouncedTrack>();
  readonly guarded: string[] = [];
  readonly delivered: string[] = [];
  readonly firstPackets: string[] = [];
  readonly wire = new WireCount();
  isRefusing = false;
  readonly tracks: ReceivedTracks = new ReceivedTracks({
    guard: {
      isEncrypted: true,
      protectSender: () => {},
      protectReceiver: (receiver, { identity, source, codec }) => {
        this.guarded.push(`${identity} ${source} ${codec}`);
        if (this.isRefusing) throw new TypeError("The guard refuses");
        browserTypes.fromRtcEnd(receiver).transform = async ({ data, ssrc }) => {
          this.delivered.push(`${identity} ${ssrc} ${data.join()}`);
          return data;
        };
      },
    },
    observer: { packetReceived: (identity, kind, atMs) => void this.firstPackets.push(`${identity} ${kind} ${atMs}`) },
    wire: this.wire,
    findTrack: (sid) => this.announced.get(sid),
  });
  readonly #packetisers = new Map<number, Packetiser>();

  send(ssrc: number, payload: number, payloadType = 111): void {
    const shape = { codec: "opus", ssrc, payloadType, audioLevelId: 1, firstSequence: 1 } as const;
    const packetiser = this.#packetisers.get(ssrc) ?? new Packetiser(shape);
    this.#packetisers.set(ssrc, packetiser);
    for (const packet of packetiser.packetise(Uint8Array.of(payload), 0)) this.tracks.receive(packet, 1_000 + payload);
  }
}

describe("ReceivedTracks", () => {
  it("guards a track before its first packet, and delivers under the name of its owner", () => {
    const lab = new Lab();
    lab.announced.set("TR_1", BOB);

    expect(lab.tracks.follow([SECTION], {})).toEqual(["TR_1", "TR_1"]);
    expect(lab.guarded).toEqual(["bob microphone opus"]);
    lab.send(7, 1);
    lab.send(7, 2);

    expect(lab.delivered).toEqual(["bob 7 1", "bob 7 2"]);
    expect(lab.firstPackets).toEqual(["bob audio 1001"]);
    expect(lab.tracks.read()).toMatchObject([
      { sid: "TR_1", packets: 2, frames: 2, lastPacketAtMs: 1_002, isGone: false },
    ]);
    expect(lab.tracks.mediaStreamTrack("TR_1")).toBeDefined();
  });

  it("delivers nothing of a track whose owner is unknown, until it is known", () => {
    const lab = new Lab();
    lab.tracks.follow([SECTION], {});
    lab.send(7, 1);
    expect(lab.tracks.mediaStreamTrack("TR_1")).toBeUndefined();

    lab.announced.set("TR_1", BOB);
    expect(lab.tracks.identify()).toEqual(["TR_1"]);
    lab.send(7, 2);

    expect(lab.delivered).toEqual(["bob 7 2"]);
    expect(lab.tracks.identify()).toEqual([]);
  });

  it("neither shows nor delivers what the guard refuses", () => {
    const lab = new Lab();
    lab.isRefusing = true;
    lab.announced.set("TR_1", BOB);
    lab.tracks.follow([SECTION], {});

    lab.send(7, 1);

    expect(lab.tracks.mediaStreamTrack("TR_1")).toBeUndefined();
    expect(lab.delivered).toEqual([]);
  });

  it("gives a section that is used again to its new owner", () => {
    const lab = new Lab();
    lab.announced.set("TR_1", BOB).set("TR_2", { ...BOB, identity: "carol" });
    lab.tracks.follow([SECTION], {});
    lab.send(7, 1);

    lab.tracks.follow([{ ...SECTION, isSending: false, ssrcs: [] }], {});
    lab.send(7, 2);
    lab.tracks.follow([{ ...SECTION, streamId: "PA_2|stream", trackId: "x", ssrcs: [8] }], { "1": "TR_2" });
    lab.send(8, 3);
    lab.send(7, 4);

    expect(lab.delivered).toEqual(["bob 7 1", "carol 8 3"]);
    expect(lab.tracks.read().map(({ identity, isGone }) => [identity, isGone])).toEqual([
      ["bob", true],
      ["carol", false],
    ]);
  });

  it("ignores payloads that are no frames, and packets of nobody", () => {
    const lab = new Lab();
    lab.announced.set("TR_1", BOB);
    lab.tracks.follow([SECTION], {});

    lab.send(7, 1, 97);
    lab.send(9, 1);

    expect(lab.tracks.read()).toMatchObject([{ packets: 0 }]);
  });

  it("counts every packet as it came over the wire, whoever it is for", () => {
    const lab = new Lab();
    lab.announced.set("TR_1", BOB);
    lab.tracks.follow([SECTION], {});
    const packet = Buffer.alloc(100);

    lab.tracks.receive(packet, 1_000);
    lab.tracks.receive(packet.subarray(0, 30), 1_000);

    expect(lab.wire.read()).toEqual({ sent: 0, received: 130 });
  });

  it("never throws, whatever arrives", () => {
    const lab = new Lab();
    lab.announced.set("TR_1", BOB);
    lab.tracks.follow([SECTION], {});
    const head = Buffer.from("906f00010000000000000007", "hex");

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        lab.tracks.receive(Buffer.from(bytes), 0);
        lab.tracks.receive(Buffer.concat([head, bytes]), 0);
      }),
    );
  });
});
