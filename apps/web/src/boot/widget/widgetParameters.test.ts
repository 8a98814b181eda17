import { describe, expect, it } from "vitest";

import { isWidgetAddress, readWidgetParameters } from "./widgetParameters.ts";

const WHO = "userId=@ann:hs&deviceId=DEV&roomId=!r:hs";
const HOST = "widgetId=w1&parentUrl=https://host.example/";

function read(rest: string): ReturnType<typeof readWidgetParameters> {
  return readWidgetParameters(new URL(`https://call.example/?${HOST}#?${WHO}&${rest}`));
}

describe("the address of a widget", () => {
  it.each([
    [`https://call.example/?${HOST}`, true],
    [`https://call.example/#?${HOST}`, true],
    [`https://call.example/room/#/alias?${HOST}`, true],
    ["https://call.example/?widgetId=w1", false],
    ["https://call.example/r/abcd#widgetId=w1&parentUrl=x", false],
  ])("is told from others: %s is %s", (address, isWidget) => {
    expect(isWidgetAddress(new URL(address))).toBe(isWidget);
  });

  it("is read from the fragment first, then from the query", () => {
    const address = new URL(`https://call.example/?${HOST}&${WHO}&theme=light&lang=de#/x?theme=dark&roomId=!s:hs`);

    expect(readWidgetParameters(address)).toMatchObject({ theme: "dark", roomId: "!s:hs", userId: "@ann:hs" });
  });

  it.each(["userId", "deviceId", "roomId"])("is refused without %s", (name) => {
    const address = new URL(`https://call.example/?${HOST}&${WHO.replace(`${name}=`, "x=")}`);

    expect(() => readWidgetParameters(address)).toThrow(expect.objectContaining({ code: "link_invalid" }));
  });

  it.each(["javascript:alert(1)", "hs.example", ""])("names no homeserver with %j", (baseUrl) => {
    expect(read(`baseUrl=${encodeURIComponent(baseUrl)}`).baseUrl).toBeUndefined();
  });

  it("takes nonsense for absent", () => {
    expect(read("theme=pink&header=large&fontScale=900&intent=dance&sendNotificationType=shout")).toMatchObject({
      theme: "system",
      fontScale: 1,
      callIntent: undefined,
      page: { ringing: { sendNotificationType: undefined, waitForCallPickup: false, autoLeave: false } },
    });
  });
});

describe("what a host wants to be seen of the app", () => {
  it.each([
    ["", { header: "standard", isConfined: false, hasControls: true, hasScreenSharing: true }],
    ["intent=join_existing", { header: "none", isConfined: true }],
    ["intent=join_existing&header=app_bar&confineToRoom=false", { header: "app_bar", isConfined: false }],
    ["intent=join_existing&header=huge&confineToRoom", { header: "none", isConfined: true }],
    ["header=__proto__&showControls=false&hideScreensharing", { header: "standard", hasControls: false }],
    ["hideScreensharing=true", { hasScreenSharing: false }],
    ["font=Fira%20Sans&font=Noto&font=x;}*{", { fonts: ["Fira Sans", "Noto"] }],
    ["lang=de-AT", { language: "de-AT" }],
  ])("is read from %j", (query, look) => {
    expect(read(query).page.look).toMatchObject(look);
  });

  it("has bounds", () => {
    const fonts = Array.from({ length: 500 }, (_, index) => `font=Font${index}`).join("&");

    expect(read(`${fonts}&lang=${"x".repeat(10_000)}`).page.look).toMatchObject({
      fonts: expect.toSatisfy((names: readonly string[]) => names.length === 8),
      language: expect.toSatisfy((tag: string) => tag.length === 2_048),
    });
  });
});

describe("a value that means nothing here", () => {
  it.each([
    ["theme=pink&header=large&fontScale=big&intent=dance&sendNotificationType=shout&lang=tlh&baseUrl=x&font=%22"],
  ])("is named: %s", (query) => {
    expect(read(query).ignored).toEqual([
      "baseUrl",
      "font",
      "fontScale",
      "header",
      "intent",
      "lang",
      "sendNotificationType",
      "theme",
    ]);
  });

  it("is not one that is right or absent", () => {
    const right =
      "theme=light-high-contrast&header=none&fontScale=1.5&intent=start_call&lang=en-GB&baseUrl=https://hs.example";

    expect([read(right).ignored, read("").ignored]).toEqual([[], []]);
  });
});

describe("the intent of a host", () => {
  it("rings and skips the lobby for a call to one person", () => {
    expect(read("intent=start_call_dm_voice")).toMatchObject({
      page: {
        skipLobby: true,
        displayName: "ann",
        ringing: { sendNotificationType: "ring", waitForCallPickup: true, autoLeave: true },
      },
      callIntent: "audio",
    });
  });

  it("gives way to what the address says", () => {
    expect(
      read("intent=start_call_dm&skipLobby=false&autoLeave=false&sendNotificationType=notification"),
    ).toMatchObject({
      page: {
        skipLobby: false,
        ringing: { sendNotificationType: "notification", waitForCallPickup: true, autoLeave: false },
      },
    });
  });

  it("waits for the host where that loads the page ahead of time", () => {
    expect(read("intent=start_call_dm&preload")).toMatchObject({ preload: true, page: { skipLobby: false } });
  });
});
