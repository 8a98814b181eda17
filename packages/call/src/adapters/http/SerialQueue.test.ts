import { expect, test } from "vitest";

import { SerialQueue } from "./SerialQueue.ts";

test("a task starts when the one before has ended, failed or not", async () => {
  const queue = new SerialQueue();
  const steps: string[] = [];

  const first = queue.run(async () => {
    steps.push("first starts");
    await Promise.resolve();
    steps.push("first ends");
    throw new Error("first");
  });
  const second = queue.run(() => {
    steps.push("second starts");
    return Promise.resolve("done");
  });

  await expect(first).rejects.toThrow("first");
  await expect(second).resolves.toBe("done");
  expect(steps).toEqual(["first starts", "first ends", "second starts"]);
});

test("the length is what has not ended, and idle waits for it", async () => {
  const queue = new SerialQueue();
  void queue.run(() => Promise.resolve());
  void queue.run(() => Promise.resolve());

  const before = queue.length;
  await queue.idle();

  expect([before, queue.length]).toEqual([2, 0]);
});
