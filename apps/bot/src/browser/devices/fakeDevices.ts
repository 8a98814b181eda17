import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { barcodeBits, PICTURE } from "../../media/barcode.ts";
import { BLACK_LUMA, GREY_CHROMA, toYuv, WHITE_LUMA } from "../../media/colour.ts";
import { TONE_LEVEL } from "../../media/people.ts";
import type { Person } from "./Person.ts";

const SAMPLE_RATE_HZ = 48_000;
/** Part of the file names: change it with what is made of a person. */
const EDITION = "2";

export interface FakeDevices {
  readonly cameraFile: string;
  readonly microphoneFile: string;
}

/** Writes (once per machine) the files that Chromium plays as a person's camera and microphone. */
export async function fakeDevicesOf(person: Person): Promise<FakeDevices> {
  const folder = join(tmpdir(), "conclave-fake-devices");
  await mkdir(folder, { recursive: true });
  // All that the content follows from is part of the name, so that no file is taken for another one.
  const cameraName = `picture-${person.id}-${person.colour.join("-")}-${EDITION}.y4m`;
  const cameraFile = await writeOnce(join(folder, cameraName), () => pictureFile(person));
  const microphoneName = `tone-${person.toneHz}-${EDITION}.wav`;
  const microphoneFile = await writeOnce(join(folder, microphoneName), () => toneFile(person.toneHz));
  return { cameraFile, microphoneFile };
}

/** A name as part of a file name. */
export function slugOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

async function writeOnce(path: string, make: () => Uint8Array): Promise<string> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (exists) return path;
  // Several test processes may get here at once: each writes its own file, the last rename wins.
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, make());
  await rename(draft, path);
  return path;
}

/** YUV4MPEG2, 4:2:0, BT.601 limited range. */
function pictureFile(person: Person): Uint8Array {
  const { width, height, framesPerSecond, loopFrames } = PICTURE;
  const header = Buffer.from(`YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`);
  const frames = Array.from({ length: loopFrames }, (_, frame) => pictureOf(person, frame));
  return Buffer.concat([header, ...frames]);
}

function pictureOf(person: Person, frame: number): Buffer {
  const { width, height, stripTop, cells } = PICTURE;
  const { luma, blueness, redness } = toYuv(person.colour);
  const marker = Buffer.from("FRAME\n");
  const picture = Buffer.alloc(marker.length + (width * height * 3) / 2);
  marker.copy(picture);
  const lumaPlane = picture.subarray(marker.length, marker.length + width * height);
  const bluePlane = picture.subarray(marker.length + width * height, marker.length + (width * height * 5) / 4);
  const redPlane = picture.subarray(marker.length + (width * height * 5) / 4);
  lumaPlane.fill(luma, 0, stripTop * width);
  const bits = barcodeBits(person.id, frame);
  for (let y = stripTop; y < height; y++) {
    for (let x = 0; x < width; x++)
      lumaPlane[y * width + x] = bits[Math.floor((x * cells) / width)] ? WHITE_LUMA : BLACK_LUMA;
  }
  const colourBytes = ((stripTop / 2) * width) / 2;
  bluePlane.fill(blueness, 0, colourBytes).fill(GREY_CHROMA, colourBytes);
  redPlane.fill(redness, 0, colourBytes).fill(GREY_CHROMA, colourBytes);
  return picture;
}

/** One second of a sine, 16 bit, mono: Chromium plays it in a loop. */
function toneFile(toneHz: number): Uint8Array {
  const samples = SAMPLE_RATE_HZ;
  const file = Buffer.alloc(44 + samples * 2);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  file.writeUInt32LE(SAMPLE_RATE_HZ * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let index = 0; index < samples; index++) {
    const value = Math.sin((2 * Math.PI * toneHz * index) / SAMPLE_RATE_HZ) * TONE_LEVEL;
    file.writeInt16LE(Math.round(value * 32_767), 44 + index * 2);
  }
  return file;
}
