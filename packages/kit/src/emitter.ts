import type { Scope } from "./scope.ts";

/** A thing that happened, for those who want to know. */
export interface Happening<T> {
  /** Calls `listener` for every occurrence until the scope ends. */
  on(scope: Scope, listener: (fact: T) => void): void;
}

/**
 * Tells listeners about occurrences of one kind. A throwing listener is reported and disturbs neither the
 * other listeners nor the one who emits.
 */
export class Emitter<T> implements Happening<T> {
  readonly #listeners = new Set<(fact: T) => void>();
  readonly #onFault: (fault: unknown) => void;

  constructor(onFault: (fault: unknown) => void = throwLater) {
    this.#onFault = onFault;
  }

  on(scope: Scope, listener: (fact: T) => void): void {
    if (scope.isEnded) return;
    const entry = (fact: T): void => listener(fact);
    this.#listeners.add(entry);
    scope.onEnd(() => void this.#listeners.delete(entry));
  }

  emit(fact: T): void {
    // A copy: a listener may add or remove others.
    for (const listener of Array.from(this.#listeners)) {
      try {
        listener(fact);
      } catch (fault) {
        this.#onFault(fault);
      }
    }
  }
}

function throwLater(fault: unknown): void {
  queueMicrotask(() => {
    throw fault;
  });
}
