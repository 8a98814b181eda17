import { Secret } from "@conclave/kit";
import { afterEach, beforeEach, expect, it } from "vitest";

import { consoleLogger } from "./consoleLogger.ts";

const real = { ...console };
let lines: unknown[][];

beforeEach(() => {
  lines = [];
  for (const level of ["error", "warn", "info", "debug"] as const) console[level] = (...line) => lines.push(line);
});

afterEach(() => Object.assign(console, real));

it("never shows a secret, wherever it was bound", () => {
  const logger = consoleLogger(true).child({ token: new Secret("hunter2") });

  logger.warn("refused", { key: new Secret("hunter2"), status: 403 });

  expect(lines).toEqual([["[conclave] refused", { token: "[secret]", key: "[secret]", status: 403 }]]);
});

it("keeps to warnings and errors unless debugging was asked for", () => {
  const logger = consoleLogger(false);

  logger.debug("a");
  logger.info("b");
  logger.warn("c");

  expect(lines.map(([message]) => message)).toEqual(["[conclave] c"]);
});
