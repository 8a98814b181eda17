/**
 * Weighs what a browser must load before Join can be pressed, and what comes later, as brotli. Reads the build.
 *
 *     vite build && node scripts/weight.ts
 */
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
  readonly assets?: readonly string[];
}

const LIMIT_BYTES = 240_000;
const site = new URL("../dist/site/", import.meta.url);
const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", site), "utf8")) as Record<string, Chunk>;

const early = new Set(["index.html"]);
follow("index.html", early);
const late = new Set<string>();
for (const [name, chunk] of Object.entries(manifest))
  for (const file of [chunk.file, ...(chunk.assets ?? [])])
    if (name !== "index.html" && !early.has(file)) late.add(file);

const before = await weigh("before Join can be pressed", early);
await weigh("later: the call page, livekit-client, encryption", late);
process.stdout.write(`${before} of ${LIMIT_BYTES} bytes\n`);
process.exitCode = before <= LIMIT_BYTES ? 0 : 1;

/** Everything that a chunk pulls in before it runs. */
function follow(name: string, files: Set<string>): void {
  const chunk = manifest[name];
  if (chunk === undefined || files.has(chunk.file)) return;
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
  for (const imported of chunk.imports ?? []) follow(imported, files);
}

async function weigh(title: string, files: ReadonlySet<string>): Promise<number> {
  const sizes = await Promise.all([...files].map(async (file) => ({ file, sizeBytes: await sizeOnTheWire(file) })));
  const total = sizes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  process.stdout.write(`${title}: ${total} bytes\n`);
  for (const { file, sizeBytes } of sizes.toSorted((a, b) => b.sizeBytes - a.sizeBytes))
    process.stdout.write(`  ${String(sizeBytes).padStart(8)}  ${file}\n`);
  return total;
}

/** As served to a browser that takes brotli. */
async function sizeOnTheWire(file: string): Promise<number> {
  const path = fileURLToPath(new URL(file, site));
  const packed = await stat(`${path}.br`).catch(() => undefined);
  return (packed ?? (await stat(path))).size;
}
