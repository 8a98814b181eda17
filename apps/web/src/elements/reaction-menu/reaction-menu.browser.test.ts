import { html } from "lit";
import { beforeEach, describe, expect, it } from "vitest";
import { page, userEvent } from "vitest/browser";

import { allByTestId, byTestId, focused, mount } from "../../testing/mount.ts";
import type { ReactionMenu } from "./reaction-menu.ts";
import "./reaction-menu.ts";

let told: string[];
let menu: ReactionMenu;

beforeEach(async () => {
  told = [];
  menu = await mount<ReactionMenu>(
    html`<reaction-menu
      style="position: absolute; bottom: 20px; right: 100px"
      .react=${(emoji: string) => told.push(emoji)}
      .share=${{ label: "Share screen", press: () => told.push("share") }}
    ></reaction-menu>`,
  );
  byTestId("call-react").focus();
});

function isOpen(): boolean {
  return menu.renderRoot.querySelector(":popover-open") !== null;
}

describe("the menu of emojis", () => {
  it("opens by keyboard with the focus on the first of eight, each with a name", async () => {
    await userEvent.keyboard("{Enter}");

    const emojis = allByTestId("reaction");
    await expect.poll(focused).toBe(emojis[0]);
    expect(emojis).toHaveLength(8);
    expect(emojis.map((emoji) => emoji.getAttribute("aria-label"))).toContain("Thumbs up");
    await expect.poll(() => byTestId("call-react").getAttribute("aria-expanded")).toBe("true");
  });

  it("is walked with the arrow keys, picked from with Enter, and closes then", async () => {
    await userEvent.keyboard("{Enter}");
    await expect.poll(focused).toBe(allByTestId("reaction")[0]);

    await userEvent.keyboard("{ArrowLeft}{ArrowRight}{ArrowRight}{ArrowRight}{Enter}");

    expect(told).toEqual(["🎉"]);
    await expect.poll(isOpen).toBe(false);
    await expect.poll(focused).toBe(byTestId("call-react"));
  });

  it("is picked from with a digit", async () => {
    await userEvent.keyboard("{Enter}");
    await expect.poll(focused).toBe(allByTestId("reaction")[0]);

    await userEvent.keyboard("2");

    expect(told).toEqual(["👏"]);
  });

  it("gives nothing out while the own emoji is being shown", async () => {
    menu.shown = "🎉";
    await menu.updateComplete;
    await userEvent.keyboard("{Enter}");
    await expect.poll(isOpen).toBe(true);

    allByTestId("reaction")[1]?.click();
    await userEvent.keyboard("3");

    expect(told).toEqual([]);
    expect(allByTestId("reaction").map((emoji) => emoji.getAttribute("aria-disabled"))).not.toContain("false");
  });

  it("closes with Escape and gives the focus back", async () => {
    await userEvent.keyboard("{Enter}");
    await expect.poll(isOpen).toBe(true);

    await userEvent.keyboard("{Escape}");

    await expect.poll(isOpen).toBe(false);
    await expect.poll(focused).toBe(byTestId("call-react"));
  });

  it("has what a phone's bar has no room for, and only there", async () => {
    const wide = getComputedStyle(byTestId("call-screen-row")).display;
    await page.viewport(390, 844);
    menu.toggle();
    await expect.poll(isOpen).toBe(true);
    const panel = menu.renderRoot.querySelector("[popover]")?.getBoundingClientRect();

    byTestId("call-screen-row").click();

    expect(wide).toBe("none");
    expect(told).toEqual(["share"]);
    expect([panel && panel.left >= 0, panel && panel.right <= 390]).toEqual([true, true]);
  });
});
