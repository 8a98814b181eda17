import { FakeClock } from "@conclave/kit/testing";
import { html } from "lit";
import { beforeEach, describe, expect, it } from "vitest";

import { allByTestId, byTestId, mount } from "../../testing/mount.ts";
import type { ToastStack } from "./toast-stack.ts";
import "./toast-stack.ts";

let clock: FakeClock;
let toasts: ToastStack;

beforeEach(async () => {
  clock = new FakeClock();
  toasts = await mount<ToastStack>(html`<toast-stack .clock=${clock}></toast-stack>`);
});

describe("messages", () => {
  it("go by themselves when they only inform", async () => {
    toasts.show({ kind: "info", text: "Link copied" });
    await toasts.updateComplete;
    const shown = allByTestId("toast").length;

    await clock.advance(4000);
    await toasts.updateComplete;

    expect(shown).toBe(1);
    expect(allByTestId("toast")).toHaveLength(0);
  });

  it("stay until dismissed when something went wrong, with code, cause and remedy", async () => {
    toasts.show({ kind: "problem", about: "Camera", problem: { code: "device_busy", isRetryable: true } });
    await clock.advance(60_000);
    await toasts.updateComplete;
    const toast = byTestId("toast");
    const text = toast.textContent ?? "";

    toast.querySelector<HTMLElement>("button")?.click();
    await toasts.updateComplete;

    expect(toast.dataset["code"]).toBe("device_busy");
    expect(toast.getAttribute("role")).toBe("alert");
    expect(text).toMatch(/Camera: in use elsewhere\..*Another program.*Close that program.*device_busy/s);
    expect(allByTestId("toast")).toHaveLength(0);
  });

  it("never pile up", async () => {
    for (let count = 0; count < 10; count++) toasts.show({ kind: "info", text: String(count) });
    await toasts.updateComplete;

    expect(allByTestId("toast").map((toast) => toast.querySelector(".text")?.textContent)).toEqual(["7", "8", "9"]);
  });

  it("leave no timer behind", async () => {
    toasts.show({ kind: "info", text: "x" });

    toasts.remove();
    await clock.advance(0);

    expect(clock.pendingTimers).toBe(0);
  });
});
