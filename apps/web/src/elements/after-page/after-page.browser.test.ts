import { html } from "lit";
import { expect, it } from "vitest";

import { allByTestId, byTestId, mount } from "../../testing/mount.ts";
import type { AfterPage } from "./after-page.ts";
import "./after-page.ts";

it("says why a call is over, and leads out only where there is a way", async () => {
  const page = await mount<AfterPage>(
    html`<after-page .durationMs=${65_000} .because=${"declined"} header="none"></after-page>`,
  );
  const words = page.renderRoot.textContent;
  const isConfined = allByTestId("exit").length === 0;
  const went: string[] = [];
  page.goHome = () => went.push("out");
  page.exit = "Close";
  await page.updateComplete;

  byTestId("exit").click();

  expect(words).toContain("They cannot come now");
  expect(words).toContain("1:05");
  expect([isConfined, byTestId("exit").textContent?.trim(), went]).toEqual([true, "Close", ["out"]]);
  expect(page.renderRoot.querySelector("header")).toBeNull();
});
