import { describe, expect, it } from "vitest";

import { joinWishes } from "./joinWishes.ts";
import { readWidgetParameters } from "./widget/widgetParameters.ts";

const ADDRESS =
  "https://call.example/?widgetId=w&parentUrl=https%3A%2F%2Fchat.example&roomId=!r:hs&userId=@ann:hs&deviceId=A";

function wishesOf(query: string): object {
  const { callIntent, page } = readWidgetParameters(new URL(`${ADDRESS}&${query}`));
  return joinWishes(page, callIntent);
}

describe("what a host wants of a join", () => {
  it("rings one person, waits for them, and leaves when they do", () => {
    expect(wishesOf("intent=start_call_dm_voice")).toEqual({
      intent: "audio",
      notify: { type: "ring" },
      waitForPickup: true,
      autoLeave: true,
    });
  });

  it("tells nobody and stays, unless it is said", () => {
    expect(wishesOf("")).toEqual({ waitForPickup: false, autoLeave: false });
  });

  it("rings as long as it says", () => {
    expect(wishesOf("intent=start_call_dm&ringSeconds=20")).toMatchObject({
      notify: { type: "ring", lifetimeMs: 20_000 },
    });
  });

  it("is what single parameters say rather than the intent", () => {
    expect(wishesOf("intent=start_call_dm&sendNotificationType=notification&autoLeave=false")).toEqual({
      intent: "video",
      notify: { type: "notification" },
      waitForPickup: true,
      autoLeave: false,
    });
  });
});
