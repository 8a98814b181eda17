import { html } from "lit";
import { beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";

import { parsePastedLink } from "../../router/route.ts";
import { byTestId, focused, mount } from "../../testing/mount.ts";
import type { HomeActions, HomePage } from "./home-page.ts";
import "./home-page.ts";

let told: string[];
const actions: HomeActions = {
  startCall: (name) => told.push(`start ${name}`),
  openCall: (linkId) => told.push(`open ${linkId}`),
  forgetCall: (linkId) => told.push(`forget ${linkId}`),
  chooseTheme: (theme) => told.push(`theme ${theme}`),
  understandLink: (text) => parsePastedLink(text, new URL("https://call.example/")),
  roomPath: (linkId) => `/r/${linkId}`,
};

let page: HomePage;

beforeEach(async () => {
  told = [];
  const recent = [{ linkId: "aaaa-bbbb-ccc", name: "Family", joinedAtMs: 0 }];
  page = await mount<HomePage>(html`<home-page .actions=${actions} .recentCalls=${recent}></home-page>`);
});

describe("the home page", () => {
  it("starts a named call by keyboard alone", async () => {
    byTestId("home-name").focus();

    await userEvent.keyboard("Stand-up{Enter}");

    expect(told).toEqual(["start Stand-up"]);
  });

  it("goes to the call of a pasted link", async () => {
    byTestId("home-link").focus();

    await userEvent.keyboard("https://call.example/r/abcd-efgh-jkm{Enter}");

    expect(told).toEqual(["open abcd-efgh-jkm"]);
  });

  it("says what is wrong with a link, keeps the focus there, and takes it back while one types", async () => {
    byTestId("home-link").focus();
    await userEvent.keyboard("https://other.example/r/abcd-efgh-jkm{Enter}");
    await page.updateComplete;
    const alert = page.renderRoot.querySelector("[role=alert]");
    const text = alert?.textContent;
    const hasFocus = focused() === byTestId("home-link");

    await userEvent.keyboard("x");
    await page.updateComplete;

    expect(told).toEqual([]);
    expect(text).toContain("other.example");
    expect(hasFocus).toBe(true);
    expect(alert?.hasAttribute("hidden")).toBe(true);
  });

  it("does not start twice while one is being made", async () => {
    page.isStarting = true;
    await page.updateComplete;
    byTestId("home-name").focus();

    await userEvent.keyboard("{Enter}");

    expect(told).toEqual([]);
  });

  it("opens and forgets recent calls", async () => {
    page.renderRoot.querySelector<HTMLElement>("li a")?.click();
    page.renderRoot.querySelector<HTMLElement>("li button")?.click();

    expect(told).toEqual(["open aaaa-bbbb-ccc", "forget aaaa-bbbb-ccc"]);
  });
});
