import { afterAll, beforeAll, describe, it } from "vitest";

import { startStack, type Stack } from "../startStack.ts";
import { WidgetSuite } from "./WidgetSuite.ts";

describe("matrixWidget keeps what MatrixPort promises, in a real host page", () => {
  const suite = new WidgetSuite();
  let stack: Stack;

  beforeAll(async () => {
    [stack] = await Promise.all([startStack(), suite.ready()]);
  });

  afterAll(async () => {
    await suite.close();
    await stack?.close();
  });

  for (const { name, run } of suite.tests(() => stack.url)) it(name, run);
});
