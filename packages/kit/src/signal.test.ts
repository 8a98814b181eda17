import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";

import { Scope, ScopeEnded } from "./scope.ts";
import { computed, effect, signal, until, untracked } from "./signal.ts";
import { settlePromises } from "./testing/FakeClock.ts";

const scopes: Scope[] = [];
afterEach(() => Promise.all(scopes.splice(0).map((scope) => scope.end())));

function newScope(): Scope {
  const scope = new Scope();
  scopes.push(scope);
  return scope;
}

describe("computed", () => {
  it("follows what it reads, and calculates only when it must", () => {
    const source = signal(1);
    let runs = 0;
    const doubled = computed(() => {
      runs++;
      return source.get() * 2;
    });

    expect([doubled.get(), doubled.get(), runs]).toEqual([2, 2, 1]);
    source.set(5);
    expect([doubled.get(), runs]).toEqual([10, 2]);
  });

  it("does not depend on what it reads untracked", () => {
    const source = signal(1);
    const frozen = computed(() => untracked(() => source.get()));
    expect(frozen.get()).toBe(1);

    source.set(2);

    expect(frozen.get()).toBe(1);
  });

  it("keeps its old value while the new one is equal", () => {
    const source = signal(1);
    const parity = computed(() => ({ isOdd: source.get() % 2 === 1 }), { equals: (a, b) => a.isOdd === b.isOdd });
    const before = parity.get();

    source.set(3);

    expect(parity.get()).toBe(before);
  });
});

describe("effect", () => {
  it("runs now, and once per task however often its source changes", async () => {
    const source = signal(0);
    const seen: number[] = [];
    effect(newScope(), () => void seen.push(source.get()));

    source.set(1);
    source.set(2);
    await settlePromises();

    expect(seen).toEqual([0, 2]);
  });

  it("does not run for an equal value", async () => {
    const source = signal({ id: 1, label: "a" }, { equals: (a, b) => a.id === b.id });
    const seen: string[] = [];
    effect(newScope(), () => void seen.push(source.get().label));

    source.set({ id: 1, label: "b" });
    await settlePromises();

    expect(seen).toEqual(["a"]);
  });

  it("stops with its scope", async () => {
    const source = signal(0);
    const seen: number[] = [];
    const scope = newScope();
    effect(scope, () => void seen.push(source.get()));

    source.set(1);
    await scope.end();
    source.set(2);
    await settlePromises();

    expect(seen).not.toContain(2);
  });

  it("does not run in a scope that has ended", async () => {
    const scope = newScope();
    await scope.end();
    let runs = 0;

    effect(scope, () => void runs++);

    expect(runs).toBe(0);
  });

  it("follows only what it read the last time", async () => {
    const [useFirst, first, second] = [signal(true), signal("a"), signal("x")];
    const seen: string[] = [];
    effect(newScope(), () => void seen.push(useFirst.get() ? first.get() : second.get()));
    useFirst.set(false);
    await settlePromises();

    first.set("b");
    await settlePromises();
    second.set("y");
    await settlePromises();

    expect(seen).toEqual(["a", "x", "y"]);
  });

  it("may set other signals, which settle", async () => {
    const [source, copy] = [signal(1), signal(0)];
    const scope = newScope();
    effect(scope, () => copy.set(source.get()));
    const seen: number[] = [];
    effect(scope, () => void seen.push(copy.get()));

    source.set(7);
    await settlePromises();

    expect(seen).toEqual([1, 7]);
  });

  it("ends up with the last of any sequence of values", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer(), { minLength: 1, maxLength: 20 }), async (values) => {
        const source = signal(0);
        let last = 0;
        effect(newScope(), () => {
          last = source.get();
        });

        for (const value of values) {
          source.set(value);
          if (value % 2 === 0) await Promise.resolve();
        }
        await settlePromises();

        expect(last).toBe(values.at(-1));
      }),
      { numRuns: 30 },
    );
  });
});

describe("until", () => {
  it("resolves at once when the present value is accepted", async () => {
    expect(await until(newScope(), signal(3), (value) => value > 2)).toBe(3);
  });

  it("waits for the first value that is accepted", async () => {
    const source = signal(0);
    const reached = until(newScope(), source, (value) => value >= 2);

    for (const value of [1, 2, 3]) {
      source.set(value);
      await settlePromises();
    }

    expect(await reached).toBe(2);
  });

  it("narrows the type of what it resolves with", async () => {
    const source = signal<string | undefined>("here");

    const found: string = await until(newScope(), source, (value): value is string => value !== undefined);

    expect(found).toBe("here");
  });

  it("rejects with ScopeEnded when the scope ends before", async () => {
    const scope = newScope();
    const waiting = until(scope, signal(0), (value) => value > 0).catch((fault: unknown) => fault);

    await scope.end();

    expect(await waiting).toBeInstanceOf(ScopeEnded);
  });

  it("does not look any more once it has resolved", async () => {
    const source = signal(0);
    let looks = 0;
    await until(newScope(), source, () => ++looks > 0);

    source.set(1);
    await settlePromises();

    expect(looks).toBe(1);
  });
});
