import { expect } from "vitest";

import { startStack, type Stack } from "../startStack.ts";
import { openCallRecord } from "./callRecord.ts";
import { Cast } from "./Cast.ts";
import { FaultProxy } from "./FaultProxy.ts";
import { RESTART } from "./requests.ts";
import type { Passage } from "./Traffic.ts";

const PATIENCE = { timeout: 60_000 };

/** What most stories of faults are played on: an installation, a proxy before it, and who takes part. */
export class Stage {
  readonly stack: Stack;
  readonly proxy: FaultProxy;
  readonly cast: Cast = new Cast();

  private constructor(stack: Stack, proxy: FaultProxy) {
    this.stack = stack;
    this.proxy = proxy;
  }

  static async open(): Promise<Stage> {
    const stack = await startStack();
    return new Stage(stack, await FaultProxy.start(stack.url));
  }

  /** What the room was told of a user: in (true) or out (false), oldest first. */
  async recordOf(roomId: string, userId: string): Promise<boolean[]> {
    const record = await (await openCallRecord(this.stack.url, roomId))();
    return record.filter((change) => change.userId === userId).map(({ isIn }) => isIn);
  }

  /** Waits until so many more restarts than now were answered: whatever had to fire without them has fired. */
  async outlive(restarts: number, accessToken: string): Promise<void> {
    const answered = (): readonly Passage[] =>
      this.proxy.passages({ ...RESTART, accessToken }).filter(({ status }) => status === 200);
    const before = answered().length;
    await expect.poll(() => answered().length - before, PATIENCE).toBeGreaterThanOrEqual(restarts);
  }

  /** After each story: no fault and nobody is left. */
  async clear(): Promise<void> {
    await this.proxy.heal();
    await this.cast.close();
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.stack.close();
  }
}
