import { Signal as Polyfill } from "signal-polyfill";

import type { Scope } from "./scope.ts";

/** A value that is true now, readable by everyone. Read it inside `computed` or `effect` to depend on it. */
export interface ReadonlySignal<T> {
  get(): T;
}

/** A signal that its owner can change. Setting an equal value (`Object.is` unless told otherwise) does nothing. */
export interface WritableSignal<T> extends ReadonlySignal<T> {
  set(value: T): void;
}

export interface SignalOptions<T> {
  readonly equals?: (a: T, b: T) => boolean;
}

/** Makes a signal. Keep the writable side private and hand out `ReadonlySignal`. */
export function signal<T>(value: T, options: SignalOptions<T> = {}): WritableSignal<T> {
  return new Polyfill.State(value, options.equals ? { equals: options.equals } : {});
}

/** Derives a value; recalculated only when read after something it read has changed. */
export function computed<T>(derive: () => T, options: SignalOptions<T> = {}): ReadonlySignal<T> {
  return new Polyfill.Computed(derive, options.equals ? { equals: options.equals } : {});
}

/** Reads signals without depending on them. */
export function untracked<T>(read: () => T): T {
  return Polyfill.subtle.untrack(read);
}

/**
 * Runs `run` now, and again in a microtask after any signal it read has changed, until the scope ends.
 * Changes within one task are coalesced. A fault in `run` ends nothing but is thrown in its own microtask.
 */
export function effect(scope: Scope, run: () => void): void {
  if (scope.isEnded) return;
  let queued = false;
  const body = new Polyfill.Computed(() => {
    run();
    return {};
  });
  const watcher = new Polyfill.subtle.Watcher(() => {
    if (queued) return;
    queued = true;
    queueMicrotask(settle);
  });
  function settle(): void {
    queued = false;
    if (scope.isEnded) return;
    watcher.watch();
    body.get();
  }
  watcher.watch(body);
  scope.onEnd(() => watcher.unwatch(body));
  body.get();
}

/**
 * Resolves with the first value that satisfies `accept`, at once if the present one does.
 *
 * @throws the abort reason when the scope ends before
 */
export function until<T, S extends T>(
  scope: Scope,
  source: ReadonlySignal<T>,
  accept: (value: T) => value is S,
): Promise<S>;
export function until<T>(scope: Scope, source: ReadonlySignal<T>, accept: (value: T) => boolean): Promise<T>;
export function until<T>(scope: Scope, source: ReadonlySignal<T>, accept: (value: T) => boolean): Promise<T> {
  const waiting = scope.child();
  return new Promise<T>((resolve, reject) => {
    const stopListening = waiting.onEnd(() => reject(waiting.signal.reason as Error));
    effect(waiting, () => {
      const value = source.get();
      if (!accept(value)) return;
      stopListening();
      resolve(value);
      void waiting.end();
    });
  });
}
