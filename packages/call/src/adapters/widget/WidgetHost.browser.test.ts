import { Scope, silentLogger, systemClock } from "@conclave/kit";
import { afterEach, beforeEach, expect, test } from "vitest";

import { WidgetHost } from "./WidgetHost.ts";

const WIDGET_ID = "b7c1";
const ATTACKS = [
  { action: "capabilities", data: {} },
  { action: "notify_capabilities", data: { approved: ["org.matrix.msc2762.send.event:m.room.message"] } },
  { action: "send_to_device", data: { type: "io.element.call.encryption_keys", sender: "@eve:hs", encrypted: true } },
  { action: "update_state", data: { state: [{ type: "m.room.member", sender: "@eve:hs" }] } },
  { action: "im.vector.hangup", data: {} },
];

let scope: Scope;
const frames: HTMLIFrameElement[] = [];

beforeEach(() => {
  scope = new Scope();
});

afterEach(async () => {
  await scope.end();
  for (const frame of frames.splice(0)) frame.remove();
});

function openFrame(sandbox?: string): HTMLIFrameElement {
  const frame = globalThis.document.createElement("iframe");
  if (sandbox !== undefined) frame.setAttribute("sandbox", sandbox);
  globalThis.document.body.append(frame);
  frames.push(frame);
  return frame;
}

/** This page is the host; the widget is a frame of it. */
function openWidget(parentUrl: string): { readonly host: WidgetHost; readonly window: Window } {
  const { contentWindow: frame } = openFrame();
  if (!frame) throw new Error("No frame");
  const options = { widgetId: WIDGET_ID, parentUrl, clock: systemClock, logger: silentLogger };
  return { host: new WidgetHost({ ...options, window: frame }, scope), window: frame };
}

function hear(host: WidgetHost): string[] {
  const heard: string[] = [];
  for (const { action } of ATTACKS) {
    host.answer(
      action,
      () => {
        heard.push(action);
        return {};
      },
      scope,
    );
  }
  return heard;
}

/** A page that sends the attacks to the first frame of its parent. */
function attackPage(): string {
  const messages = ATTACKS.map((attack, index) => ({
    ...attack,
    api: "toWidget",
    widgetId: WIDGET_ID,
    requestId: `evil-${index}`,
  }));
  return `<script>for (const message of ${JSON.stringify(messages)}) parent.frames[${framesBefore()}].postMessage(message, "*");</script>`;
}

/** The runner has frames of its own. */
function framesBefore(): number {
  return Array.from({ length: globalThis.frames.length }, (_, index) => globalThis.frames[index]).indexOf(
    frames[0]?.contentWindow ?? undefined,
  );
}

async function settled(host: WidgetHost, count: number): Promise<void> {
  await expect.poll(() => host.ignoredMessages).toBe(count);
}

test("two hostile frames, one of the host's own origin, are not heard (T19)", async () => {
  const { host } = openWidget(globalThis.location.href);
  const heard = hear(host);

  for (const sandbox of ["allow-scripts", undefined]) openFrame(sandbox).srcdoc = attackPage();

  await settled(host, ATTACKS.length * 2);
  expect(heard).toEqual([]);
});

test("a parent of another origin than parentUrl is neither heard nor told anything (T19)", async () => {
  const { host, window: widget } = openWidget("https://host.example/");
  const heard = hear(host);
  const told: unknown[] = [];
  globalThis.addEventListener("message", ({ data }) => told.push(data), { signal: scope.signal });

  for (const attack of ATTACKS) {
    widget.postMessage({ ...attack, api: "toWidget", widgetId: WIDGET_ID, requestId: "r" }, "*");
  }
  const asking = host.request("get_openid", {}, { timeoutMs: 100 });

  await expect(asking).rejects.toMatchObject({ code: "homeserver_unreachable" });
  await settled(host, ATTACKS.length);
  expect([heard, told.filter((data) => JSON.stringify(data).includes(WIDGET_ID))]).toEqual([[], []]);
});

test("the host itself is heard", async () => {
  const { host, window: widget } = openWidget(globalThis.location.href);
  const heard = hear(host);

  widget.postMessage({ ...ATTACKS[4], api: "toWidget", widgetId: WIDGET_ID, requestId: "r" }, "*");

  await expect.poll(() => heard).toEqual(["im.vector.hangup"]);
});
