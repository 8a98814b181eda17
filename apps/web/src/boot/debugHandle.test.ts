import { expect, it } from "vitest";

import { FakeCall } from "../testing/FakeCall.ts";
import { exposeDebugHandle, type DebugHandle } from "./debugHandle.ts";

it("shows the newest call and lets nothing be changed", () => {
  const page = {} as Window & { conclave: DebugHandle };
  const expose = exposeDebugHandle(page);
  const before = page.conclave.statistics;
  const call = new FakeCall();

  expose(call);

  expect(before).toBeUndefined();
  expect(page.conclave.call).toBe(call);
  expect(page.conclave).toMatchObject({ state: "joined", trust: "alone", timings: { click: 0 } });
  expect(Object.isFrozen(page.conclave)).toBe(true);
});
