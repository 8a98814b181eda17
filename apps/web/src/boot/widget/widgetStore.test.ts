import { expect, it } from "vitest";

import { Preferences } from "../../preferences/Preferences.ts";
import { memoryStore } from "../../testing/memoryStore.ts";
import { widgetStore } from "./widgetStore.ts";

it("shows and keeps devices, and nothing of the account", () => {
  const site = memoryStore();
  const own = new Preferences(site);
  own.displayName = "Somebody else";
  own.devices = { microphone: "m", camera: "c", speaker: "s" };
  const visit = new Preferences(widgetStore(site));

  visit.rememberCall({ linkId: "!secret:hs", name: "Board", joinedAtMs: 1 });
  visit.theme = "dark";
  visit.devices = { ...visit.devices, microphone: "other" };

  expect([visit.displayName, visit.theme, visit.devices.camera]).toEqual(["", "dark", "c"]);
  expect([own.recentCalls, own.theme, own.displayName]).toEqual([[], "system", "Somebody else"]);
  expect(own.devices.microphone).toBe("other");
});
