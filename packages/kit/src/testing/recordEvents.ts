import type { Happening } from "../emitter.ts";
import type { Scope } from "../scope.ts";

/** Collects what an emitter tells until the scope ends. */
export function recordEvents<T>(scope: Scope, happening: Happening<T>): readonly T[] {
  const seen: T[] = [];
  happening.on(scope, (fact) => void seen.push(fact));
  return seen;
}
