import { setImmediate } from "node:timers/promises";

import type { Logger } from "@conclave/kit";
import { FakeClock, seededRandom } from "@conclave/kit/testing";

import { assembleSfu, type SignallingConfig } from "../createSfu.ts";
import { MemoryPlane } from "../media/memory/MemoryPlane.ts";
import type { SfuDeps } from "../ports.ts";
import { API_KEYS, mintToken, type ServedSfu, serveSfu, type TokenOptions } from "./serveSfu.ts";
import { SignalClient } from "./SignalClient.ts";

/** An SFU without media on a real socket, in fake time. */
export interface MemoryLab {
  readonly plane: MemoryPlane;
  readonly clock: FakeClock;
  readonly served: ServedSfu;
  /** Everything that was logged, as one text. */
  logged(): string;
  createRoom(name: string): Promise<void>;
  /** Asks the SFU without a socket in between. */
  fetch(request: Request): Promise<Response>;
  metrics(): Promise<Response>;
  join(identity: string, options?: TokenOptions & { readonly query?: string }): Promise<SignalClient>;
  /** Waits for something that needs a little time on the server to pass; never more than a tenth of a second of it. */
  pump<T>(outcome: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const PUMP_STEP_MS = 10;
const MAX_PUMPED_MS = 100;

export async function startMemoryLab(
  autoCreateRooms = true,
  config: Partial<SignallingConfig> = {},
  extra: Partial<SfuDeps> = {},
): Promise<MemoryLab> {
  const plane = new MemoryPlane();
  const clock = new FakeClock(Date.now());
  const random = seededRandom(1);
  const lines: string[] = [];
  const logger = recordingLogger(lines);
  const deps = { clock, logger, randomBytes: (lengthBytes: number) => random.bytes(lengthBytes), ...extra };
  const sfu = assembleSfu(deps, { apiKeys: API_KEYS, autoCreateRooms, ...config }, plane);
  const served = await serveSfu(sfu);
  return {
    plane,
    clock,
    served,
    logged: () => lines.join("\n"),
    createRoom: (name) => sfu.createRoom(name),
    fetch: (request) => sfu.fetch(request),
    metrics: () => sfu.metrics(),
    join: async (identity, { query = "", ...options } = {}) =>
      SignalClient.connect(served.url, await mintToken({ identity, ...options }), query),
    pump: async (outcome) => {
      const state = { isSettled: false };
      const settle = (): void => void (state.isSettled = true);
      outcome.then(settle, settle);
      for (let pumpedMs = 0; !state.isSettled && pumpedMs < MAX_PUMPED_MS; pumpedMs += PUMP_STEP_MS) {
        // Real sockets are in between: let them turn before time moves.
        for (let turn = 0; turn < 20 && !state.isSettled; turn += 1) await setImmediate();
        await clock.advance(PUMP_STEP_MS);
      }
      return outcome;
    },
    close: () => served.close(),
  };
}

function recordingLogger(lines: string[]): Logger {
  const record = (message: string, fields?: object): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { error: record, warn: record, info: record, debug: record, child: () => recordingLogger(lines) };
}
