import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { Ask, StackName, Told } from "./messages.ts";

export type Usage = Extract<Told, { is: "usage" }>;

/** The process of one stack. Asks are answered in order. */
export class ReceiverProcess {
  readonly #child: ChildProcess;

  static async start(stack: StackName): Promise<ReceiverProcess> {
    const child = fork(fileURLToPath(new URL("receive.ts", import.meta.url)), [stack], {
      execArgv: ["--conditions=source"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const process = new ReceiverProcess(child);
    await process.#next("ready");
    return process;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  async answer(index: number, sdp: string): Promise<string> {
    return (await this.#ask({ is: "offer", index, sdp }, "answer")).sdp;
  }

  async open(keyHex: string): Promise<readonly number[]> {
    return (await this.#ask({ is: "open", keyHex }, "ports")).ports;
  }

  read(): Promise<Usage> {
    return this.#ask({ is: "read" }, "usage");
  }

  end(): void {
    this.#child.kill();
  }

  #ask<I extends Told["is"]>(ask: Ask, is: I): Promise<Extract<Told, { is: I }>> {
    const told = this.#next(is);
    this.#child.send(ask);
    return told;
  }

  #next<I extends Told["is"]>(is: I): Promise<Extract<Told, { is: I }>> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error("The receiving process has ended"));
      this.#child.once("exit", onExit);
      this.#child.once("message", (told: Told) => {
        this.#child.off("exit", onExit);
        if (told.is === is) resolve(told as Extract<Told, { is: I }>);
        else reject(new Error(`Expected ${is}, got ${told.is}`));
      });
    });
  }
}
