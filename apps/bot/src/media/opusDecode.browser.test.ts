import { expect, test } from "vitest";

import { joinPackets } from "./opusPacket.ts";
import { readTone } from "./readTone.ts";
import { sine } from "./testing/sounds.ts";

const RATE = 48_000;
const FRAME_SAMPLES = 960;
const STAMP_BYTES = 26;

/** Packets of 20 ms and one length, as Chromium's own libopus makes them. */
async function encode(samples: Float32Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>[]> {
  const packets: Uint8Array<ArrayBuffer>[] = [];
  const errors: DOMException[] = [];
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const packet = new Uint8Array(chunk.byteLength);
      chunk.copyTo(packet);
      packets.push(packet);
    },
    error: (error) => errors.push(error),
  });
  const opus = { frameDuration: 20_000, application: "lowdelay" } as const;
  const config: AudioEncoderConfig = { codec: "opus", sampleRate: RATE, numberOfChannels: 1, bitrate: 24_000 };
  encoder.configure({ ...config, bitrateMode: "constant", opus });
  encoder.encode(soundOf(samples));
  await encoder.flush();
  encoder.close();
  expect(errors).toEqual([]);
  return packets;
}

function soundOf(data: Float32Array<ArrayBuffer>): AudioData {
  const form = { format: "f32-planar", sampleRate: RATE, numberOfChannels: 1, timestamp: 0 } as const;
  return new AudioData({ ...form, numberOfFrames: data.length, data });
}

async function decode(packets: readonly Uint8Array<ArrayBuffer>[], packetMs: number): Promise<Float32Array> {
  const sound: number[] = [];
  const errors: DOMException[] = [];
  const decoder = new AudioDecoder({
    output: (piece) => {
      const samples = new Float32Array(piece.numberOfFrames);
      piece.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      sound.push(...samples);
      piece.close();
    },
    error: (error) => errors.push(error),
  });
  decoder.configure({ codec: "opus", sampleRate: RATE, numberOfChannels: 1 });
  for (const [index, data] of packets.entries()) {
    decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: index * packetMs * 1_000, data }));
  }
  await decoder.flush();
  decoder.close();
  expect(errors).toEqual([]);
  return Float32Array.from(sound);
}

test.each([1, 2, 3])("Chromium decodes %i frames in a packet with a stamp as if there was none", async (count) => {
  const plain = await encode(sine(1_350, 60 * FRAME_SAMPLES) as Float32Array<ArrayBuffer>);
  const whole = plain.slice(0, 60);
  const joined = Array.from({ length: whole.length / count }, (_, index) => {
    const packet = joinPackets(whole.slice(index * count, (index + 1) * count), STAMP_BYTES);
    // Anything may stand in a stamp.
    for (let at = 1; at <= STAMP_BYTES; at++) packet[packet.length - at] = (index * 31 + at * 7) & 255;
    return packet;
  });
  const sound = await decode(joined, count * 20);
  expect(sound.length).toBe(60 * FRAME_SAMPLES);
  const expected = await decode(whole, 20);
  // Not compared as a whole: to print the difference of so many samples takes minutes.
  expect(sound.findIndex((sample, at) => sample !== expected[at])).toBe(-1);
  expect(readTone(sound, RATE)?.toneHz).toBeCloseTo(1_350, 0);
});
