import { sfuClientSuite } from "@conclave/call/testing";
import { afterAll, beforeAll, describe, it } from "vitest";

import { buildLab, type LabServer, startLab } from "./startLab.ts";

describe("livekitClientSfu over our SFU in Chromium", () => {
  let lab: LabServer;

  beforeAll(async () => {
    await buildLab();
    lab = await startLab();
  });

  afterAll(() => lab.close());

  it.each(sfuClientSuite.map(({ name }) => name))("%s", async (name) => {
    await lab.page.evaluate((scenario) => window.suite.run(scenario), name);
  });
});
