import { benchFrame, type BenchFrame, plainBytes } from "./BenchFrame.ts";
import { type Contender, type ContenderName, createContenders } from "./contenders.ts";

/** What is timed: good frames both ways, or frames whose tag is wrong. */
export type Operation = "encrypt" | "decrypt" | "reject";

export interface Task {
  readonly sizeBytes: number;
  readonly operations: readonly Operation[];
  readonly rounds: number;
  readonly framesPerRound: number;
}

/** µs per frame of each round, by operation and contender. */
export type Samples = Record<Operation, Record<ContenderName, number[]>>;

const CONTENDERS: readonly ContenderName[] = ["floor", "ours", "livekit"];
/** Where a byte is changed to make a frame bad: inside the tag, counted from the end. */
const TAG_BYTE_FROM_END = 20;

/** Times all contenders in turns, round by round, one frame after the other. */
export async function measure(task: Task): Promise<Samples> {
  const contenders = await createContenders(crypto.getRandomValues(new Uint8Array(16)), task.sizeBytes);
  const samples: Samples = { encrypt: empty(), decrypt: empty(), reject: empty() };
  // The first round is for the compiler.
  for (let round = -1; round < task.rounds; round += 1) {
    for (const operation of task.operations) {
      const taken = await takeTurns(contenders, task, operation);
      if (round >= 0) CONTENDERS.forEach((name, index) => samples[operation][name].push(taken[index] ?? Number.NaN));
    }
  }
  return samples;
}

async function takeTurns(
  contenders: Record<ContenderName, Contender>,
  task: Task,
  operation: Operation,
): Promise<number[]> {
  const encrypted = operation === "encrypt" ? [] : await encryptMany(contenders.ours, task, operation === "reject");
  const usPerFrame: number[] = [];
  for (const name of CONTENDERS) usPerFrame.push(await time(contenders[name], operation, framesOf(task, encrypted)));
  return usPerFrame;
}

function empty(): Record<ContenderName, number[]> {
  return { ours: [], livekit: [], floor: [] };
}

async function encryptMany(ours: Contender, task: Task, isBad: boolean): Promise<ArrayBuffer[]> {
  const encrypted: ArrayBuffer[] = [];
  for (let count = 0; count < task.framesPerRound; count += 1) {
    const frame = benchFrame(plainBytes(task.sizeBytes), task.sizeBytes, count);
    await ours.encrypt(frame);
    const bytes = new Uint8Array(frame.data);
    const at = bytes.byteLength - TAG_BYTE_FROM_END;
    if (isBad) bytes[at] = (bytes[at] ?? 0) ^ 1;
    encrypted.push(frame.data);
  }
  return encrypted;
}

/** Cryptors replace what a frame holds, so each gets frames of its own around the same bytes. */
function framesOf(task: Task, encrypted: readonly ArrayBuffer[]): BenchFrame[] {
  const plain = plainBytes(task.sizeBytes);
  return Array.from({ length: task.framesPerRound }, (_, count) =>
    benchFrame(encrypted[count] ?? plain, task.sizeBytes, count),
  );
}

async function time(contender: Contender, operation: Operation, frames: readonly BenchFrame[]): Promise<number> {
  const run = operation === "encrypt" ? contender.encrypt : contender.decrypt;
  const startedMs = performance.now();
  for (const frame of frames) await run(frame);
  return ((performance.now() - startedMs) * 1_000) / frames.length;
}
