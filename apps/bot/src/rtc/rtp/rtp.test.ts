import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MAX_PAYLOAD_BYTES, Packetiser } from "./Packetiser.ts";
import { asksForKeyFrame, writeSenderReport } from "./rtcp.ts";
import { createRtp, isRtcp, tryReadRtp } from "./rtpHeader.ts";
import { Vp8Assembler } from "./Vp8Assembler.ts";
import { isVp8KeyFrame, tryReadVp8Descriptor } from "./vp8Descriptor.ts";

const SHAPE = { ssrc: 0xde_ad_be_ef, audioLevelId: 1, firstSequence: 65_530 };
const anyFrame = fc.uint8Array({ minLength: 1, maxLength: 6_000 });
const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
/** Looks like RTP at first sight, so that more of the reader is reached. */
const almostRtp = anyBytes.map((bytes) => Buffer.concat([Buffer.of(0x90 | ((bytes[0] ?? 0) & 0x2f), 96), bytes]));

function vp8(): Packetiser {
  return new Packetiser({ ...SHAPE, codec: "vp8", payloadType: 96 });
}

/** Puts packets into an assembler; what comes out. */
function assemble(assembler: Vp8Assembler, packets: readonly Buffer[]): Uint8Array[] {
  return packets.flatMap((packet) => {
    const header = tryReadRtp(packet);
    const frame = header && assembler.push(packet, header);
    return frame ? [frame] : [];
  });
}

describe("RTP packets", () => {
  it("hold an Opus frame as it is, with its level beside it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_000 }), fc.nat(2 ** 32 - 1), (frame, timestamp) => {
        const [packet = Buffer.alloc(0)] = new Packetiser({ ...SHAPE, codec: "opus", payloadType: 111 }).packetise(
          frame,
          timestamp,
        );
        const header = tryReadRtp(packet);

        expect(header).toMatchObject({ payloadType: 111, timestamp, ssrc: SHAPE.ssrc, sequence: 65_530 });
        expect(packet.subarray(header?.payloadStart, header?.payloadEnd)).toEqual(Buffer.from(frame));
        // One-byte extension 1 of one byte: voice at −20 dBov (RFC 6464).
        expect([...packet.subarray(12, 18)]).toEqual([0xbe, 0xde, 0x00, 0x01, 0x10, 0x80 | 20]);
      }),
    );
  });

  it("bring VP8 frames through in any order of their packets, also over the end of sequence numbers", () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 3 }), fc.infiniteStream(fc.nat()), (frames, order) => {
        const packetiser = vp8();
        const packets = frames.flatMap((frame, index) => packetiser.packetise(frame, index * 3_000));
        const shuffled = packets
          .map((packet) => ({ packet, key: order.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ packet }) => packet);

        const received = assemble(new Vp8Assembler(), shuffled).map((frame) => Buffer.from(frame).toString("hex"));

        expect(received.sort()).toEqual(frames.map((frame) => Buffer.from(frame).toString("hex")).sort());
      }),
    );
  });

  it("stay below the size that fits everywhere, with the marker on the last one only", () => {
    const packets = vp8().packetise(new Uint8Array(5_000), 0);

    expect(Math.max(...packets.map(({ length }) => length))).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES + 12);
    expect(packets.map((packet) => tryReadRtp(packet)?.isMarked)).toEqual([false, false, false, false, true]);
  });

  it("count their pictures in 15 bits after S and X (RFC 7741 §4.2)", () => {
    const packetiser = vp8();

    const heads = [1, 2].map(() => packetiser.packetise(Uint8Array.of(7), 0)[0]?.subarray(12));

    expect(heads).toEqual([Buffer.of(0x90, 0x80, 0x80, 0, 7), Buffer.of(0x90, 0x80, 0x80, 1, 7)]);
  });

  it("are read without padding, contributors and extensions", () => {
    const { packet, payloadStart } = createRtp(
      {
        ssrc: 5,
        payloadType: 111,
        sequence: 9,
        timestamp: 8,
        isMarked: true,
        audioLevel: { extensionId: 1, minusDbov: 3 },
      },
      4,
    );
    packet.set([1, 2, 0, 2], payloadStart);
    packet[0] = (packet[0] ?? 0) | 0x20;

    expect(tryReadRtp(packet)).toMatchObject({ isMarked: true, payloadStart, payloadEnd: payloadStart + 2 });
  });

  it("never throw when they are malformed", () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, almostRtp), fc.nat(40), (packet, start) => {
        const header = tryReadRtp(packet);
        if (header) {
          expect(header.payloadStart).toBeLessThanOrEqual(header.payloadEnd);
          expect(header.payloadEnd).toBeLessThanOrEqual(packet.length);
          new Vp8Assembler().push(packet, header);
        }
        asksForKeyFrame(packet);
        tryReadVp8Descriptor(packet, start, packet.length);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("Vp8Assembler", () => {
  it("gives up a frame with a gap and goes on with the next", () => {
    const packetiser = vp8();
    const [first = Buffer.alloc(0), , ...rest] = packetiser.packetise(new Uint8Array(4_000), 0);

    const received = assemble(new Vp8Assembler(), [
      first,
      ...rest,
      ...packetiser.packetise(new Uint8Array(2_000), 3_000),
    ]);

    expect(received.map(({ length }) => length)).toEqual([2_000]);
  });

  it("keeps no more than a few frames that never end", () => {
    const assembler = new Vp8Assembler();
    const packetiser = vp8();
    const [late, ...others] = Array.from({ length: 10 }, (_, index) =>
      packetiser.packetise(new Uint8Array(2_000), index),
    );

    assemble(
      assembler,
      others.map((packets) => packets[0] ?? Buffer.alloc(0)),
    );
    const [start = Buffer.alloc(0), end = Buffer.alloc(0)] = late ?? [];

    expect(assemble(assembler, [start, ...(others[0] ?? []).slice(1), end])).toHaveLength(1);
  });

  it("reads all optional fields of a descriptor", () => {
    // X; I, L, T and K; 15-bit picture id; TL0PICIDX; TID and KEYIDX; then the frame.
    const packet = Buffer.of(0x90, 0xf0, 0x81, 0x02, 0x03, 0x04, 0xaa);

    expect(tryReadVp8Descriptor(packet, 0, packet.length)).toEqual({ isStart: true, lengthBytes: 6 });
  });
});

describe("isVp8KeyFrame", () => {
  it("looks at the lowest bit", () => {
    expect([Uint8Array.of(0x10), Uint8Array.of(0x31), new Uint8Array()].map(isVp8KeyFrame)).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("RTCP", () => {
  it("reports what was sent, on the clock that starts in 1900", () => {
    const report = writeSenderReport({ ssrc: 1, atMs: 1_500, timestamp: 2, packets: 3, payloadBytes: 4 });

    expect(isRtcp(report)).toBe(true);
    expect(tryReadRtp(report)).toBeUndefined();
    expect(report.readUInt16BE(2)).toBe(6);
    expect(report.readUInt32BE(8)).toBe(2_208_988_801);
    expect(report.readUInt32BE(12)).toBe(2 ** 31);
    expect([16, 20, 24].map((at) => report.readUInt32BE(at))).toEqual([2, 3, 4]);
  });

  it("finds a wish for a key frame in a compound packet", () => {
    const receiverReport = Buffer.from("80c9000100000001", "hex");
    const pictureLoss = Buffer.from("81ce00020000000100000002", "hex");

    expect(asksForKeyFrame(Buffer.concat([receiverReport, pictureLoss]))).toBe(true);
    expect(asksForKeyFrame(receiverReport)).toBe(false);
  });
});
