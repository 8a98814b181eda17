import { expect, it } from "vitest";

import { reserveOlmMemory } from "@conclave/call/matrixHttp";

const MB = 2 ** 20;

it("makes the module's memory large once and for all", async () => {
  await reserveOlmMemory(1);
  const before = process.memoryUsage().external;

  await reserveOlmMemory(48 * MB);
  const reserved = process.memoryUsage().external;
  await reserveOlmMemory(40 * MB);

  expect(reserved - before).toBeGreaterThan(40 * MB);
  // What is there already is used again.
  expect(process.memoryUsage().external - reserved).toBeLessThan(8 * MB);
});
