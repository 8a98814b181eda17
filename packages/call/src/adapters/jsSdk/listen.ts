import type { Scope } from "@conclave/kit";

interface Source<Event, Listener> {
  on(event: Event, listener: Listener): unknown;
  off(event: Event, listener: Listener): unknown;
}

/** Listens until the scope ends. */
export function listen<Event, Listener>(
  scope: Scope,
  source: Source<Event, Listener>,
  event: Event,
  listener: Listener,
): void {
  if (scope.isEnded) return;
  source.on(event, listener);
  scope.onEnd(() => void source.off(event, listener));
}
