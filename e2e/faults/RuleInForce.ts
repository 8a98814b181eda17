import { Gate, type ReleaseOrder } from "./Gate.ts";
import type { ActiveRule, Rule } from "./rules.ts";

/** A rule that a proxy applies until it is spent or removed. */
export class RuleInForce implements ActiveRule {
  readonly rule: Rule;
  /** Where `hold` holds. */
  readonly gate: Gate = new Gate();
  readonly #onRemoved: (rule: RuleInForce) => void;
  #used = 0;

  constructor(rule: Rule, onRemoved: (rule: RuleInForce) => void) {
    this.rule = rule;
    this.#onRemoved = onRemoved;
  }

  /** Requests that it has been applied to. */
  get used(): number {
    return this.#used;
  }

  /** Requests that it holds now. */
  get held(): number {
    return this.gate.held;
  }

  use(): void {
    this.#used += 1;
  }

  /** Lets go what it holds, and holds nothing any more. Resolves when all that has gone on. */
  release(order?: ReleaseOrder): Promise<void> {
    return this.gate.open(order);
  }

  /** No request falls under it any more; what it holds, it holds until `release`. */
  remove(): void {
    this.#onRemoved(this);
  }
}
