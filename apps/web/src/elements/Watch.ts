import { effect, Scope, untracked } from "@conclave/kit";
import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Renders its host again whenever a signal that `read` reads has changed, as long as the host is in a page. */
export class Watch<T> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #read: () => T;
  #scope: Scope | undefined;

  constructor(host: ReactiveControllerHost, read: () => T) {
    this.#host = host;
    this.#read = read;
    host.addController(this);
  }

  /** What the signals say now. */
  get value(): T {
    return untracked(this.#read);
  }

  hostConnected(): void {
    this.#scope = new Scope();
    effect(this.#scope, () => {
      this.#read();
      this.#host.requestUpdate();
    });
  }

  hostDisconnected(): void {
    void this.#scope?.end();
  }
}
