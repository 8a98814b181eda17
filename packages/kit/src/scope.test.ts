import { describe, expect, it } from "vitest";

import { Scope, ScopeEnded } from "./scope.ts";

describe("Scope", () => {
  it("runs clean-ups newest first and waits for each", async () => {
    const scope = new Scope();
    const order: string[] = [];
    scope.onEnd(() => void order.push("first"));
    scope.onEnd(async () => {
      await Promise.resolve();
      order.push("second");
    });

    await scope.end();

    expect(order).toEqual(["second", "first"]);
  });

  it("ends children before its own clean-ups run", async () => {
    const scope = new Scope();
    const order: string[] = [];
    scope.onEnd(() => void order.push("parent"));
    scope.child().onEnd(() => void order.push("child"));

    await scope.end();

    expect(order).toEqual(["child", "parent"]);
  });

  it("does not end with its child", async () => {
    const scope = new Scope();

    await scope.child().end();

    expect(scope.isEnded).toBe(false);
  });

  it("ends once", async () => {
    const scope = new Scope();
    let runs = 0;
    scope.onEnd(() => void runs++);

    await Promise.all([scope.end(), scope.end()]);
    await scope.end();

    expect(runs).toBe(1);
  });

  it("aborts its signal with ScopeEnded before the clean-ups run", async () => {
    const scope = new Scope();
    let wasAborted = false;
    scope.onEnd(() => {
      wasAborted = scope.signal.aborted;
    });

    await scope.end();

    expect(wasAborted).toBe(true);
    expect(scope.signal.reason).toBeInstanceOf(ScopeEnded);
  });

  it("reports a fault of a clean-up and runs the others", async () => {
    const faults: unknown[] = [];
    const scope = new Scope((fault) => faults.push(fault));
    let isCleanedUp = false;
    scope.onEnd(() => {
      isCleanedUp = true;
    });
    scope.onEnd(() => Promise.reject(new Error("stuck")));

    await scope.end();

    expect([faults, isCleanedUp]).toEqual([[new Error("stuck")], true]);
  });

  it("hands faults of children to the same place", async () => {
    const faults: unknown[] = [];
    const scope = new Scope((fault) => faults.push(fault));
    scope.child().onEnd(() => {
      throw new Error("child");
    });

    await scope.end();

    expect(faults).toEqual([new Error("child")]);
  });

  it("runs a clean-up at once when it has ended", async () => {
    const scope = new Scope();
    await scope.end();
    let isCleanedUp = false;

    scope.onEnd(() => {
      isCleanedUp = true;
    });

    expect(isCleanedUp).toBe(true);
  });

  it("makes children that have ended once it has ended itself", async () => {
    const scope = new Scope();
    await scope.end();

    expect(scope.child().isEnded).toBe(true);
  });

  it("forgets a clean-up on request", async () => {
    const scope = new Scope();
    let runs = 0;
    const forget = scope.onEnd(() => void runs++);

    forget();
    await scope.end();

    expect(runs).toBe(0);
  });
});
