import { describe, expect, it } from "vitest";

import { Emitter } from "./emitter.ts";
import { Scope } from "./scope.ts";
import { recordEvents } from "./testing/recordEvents.ts";

describe("Emitter", () => {
  it("tells every listener, in order of arrival", () => {
    const emitter = new Emitter<number>();
    const scope = new Scope();
    const seen: string[] = [];
    emitter.on(scope, (fact) => void seen.push(`first ${fact}`));
    emitter.on(scope, (fact) => void seen.push(`second ${fact}`));

    emitter.emit(1);

    expect(seen).toEqual(["first 1", "second 1"]);
  });

  it("reports a throwing listener and disturbs nobody", () => {
    const faults: unknown[] = [];
    const emitter = new Emitter<number>((fault) => faults.push(fault));
    const scope = new Scope();
    emitter.on(scope, () => {
      throw new Error("broken");
    });
    const seen = recordEvents(scope, emitter);

    emitter.emit(1);

    expect([faults, seen]).toEqual([[new Error("broken")], [1]]);
  });

  it("stops telling when the scope ends", async () => {
    const emitter = new Emitter<number>();
    const scope = new Scope();
    const seen = recordEvents(scope, emitter);
    emitter.emit(1);

    await scope.end();
    emitter.emit(2);

    expect(seen).toEqual([1]);
  });

  it("does not take listeners of a scope that has ended", async () => {
    const emitter = new Emitter<number>();
    const scope = new Scope();
    await scope.end();

    const seen = recordEvents(scope, emitter);
    emitter.emit(1);

    expect(seen).toEqual([]);
  });

  it("tells a function twice that was added twice", () => {
    const emitter = new Emitter<number>();
    const scope = new Scope();
    const seen: number[] = [];
    const listener = (fact: number): void => void seen.push(fact);
    emitter.on(scope, listener);
    emitter.on(scope, listener);

    emitter.emit(1);

    expect(seen).toEqual([1, 1]);
  });

  it("does not tell a listener of the fact that added it", () => {
    const emitter = new Emitter<number>();
    const scope = new Scope();
    const seen: number[] = [];
    emitter.on(scope, () => emitter.on(scope, (fact) => void seen.push(fact)));

    emitter.emit(1);
    expect(seen).toEqual([]);
    emitter.emit(2);

    expect(seen).toEqual([2]);
  });
});
