import { html } from "lit";
import { beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";

import { focused, mount } from "../../testing/mount.ts";
import { soundOnly } from "../../testing/realTracks.ts";
import type { DeviceMenu } from "./device-menu.ts";
import "./device-menu.ts";

let told: string[];
let menu: DeviceMenu;

beforeEach(async () => {
  told = [];
  menu = await mount<DeviceMenu>(
    html`<device-menu
      label="Options"
      .kinds=${["microphone", "speaker"]}
      .media=${soundOnly()}
      .choose=${(kind: string, id: string) => told.push(`${kind} ${id}`)}
    ></device-menu>`,
  );
  menu.renderRoot.querySelector("button")?.focus();
});

describe("the device menu", () => {
  it("opens by keyboard with the focus on the device in use", async () => {
    await userEvent.keyboard("{Enter}");

    await expect.poll(() => (focused() as HTMLInputElement).value).toBe("m1");
    expect(menu.renderRoot.querySelector("button")?.getAttribute("aria-expanded")).toBe("true");
  });

  it("chooses with the arrow keys and closes with Escape", async () => {
    await userEvent.keyboard("{Enter}");
    await expect.poll(() => (focused() as HTMLInputElement).value).toBe("m1");

    await userEvent.keyboard("{ArrowDown}");
    await userEvent.keyboard("{Escape}");

    expect(told).toEqual(["microphone m2"]);
    await expect.poll(() => menu.renderRoot.querySelector(":popover-open")).toBeNull();
    await expect.poll(() => focused()).toBe(menu.renderRoot.querySelector("button"));
  });

  it("shows no choice of what there is none of", () => {
    const legends = [...menu.renderRoot.querySelectorAll("legend")].map((legend) => legend.textContent);

    expect(legends).toEqual(["Microphone"]);
  });
});
