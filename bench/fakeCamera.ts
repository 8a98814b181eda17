import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [WIDTH, HEIGHT, FRAMES_PER_SECOND, FRAMES] = [320, 180, 15, 30] as const;

/**
 * Writes the file that Chromium plays as its camera: a bar that moves over grey, as small as the pictures of the floor.
 * Chromium's own fake camera is 720p, and two browsers that encode it leave nothing of two cores to measure with.
 */
export async function fakeCameraFile(): Promise<string> {
  const path = join(tmpdir(), `conclave-bench-camera-${process.pid}.y4m`);
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`)];
  for (let frame = 0; frame < FRAMES; frame++) {
    const luma = Buffer.alloc(WIDTH * HEIGHT, 110);
    const left = Math.floor((frame * (WIDTH - 20)) / FRAMES);
    for (let y = 0; y < HEIGHT; y++) luma.fill(220, y * WIDTH + left, y * WIDTH + left + 20);
    parts.push(Buffer.from("FRAME\n"), luma, Buffer.alloc((WIDTH * HEIGHT) / 2, 128));
  }
  await writeFile(path, Buffer.concat(parts));
  return path;
}
