import { describe, expect, it } from "vitest";

import { brokenStore, memoryStore } from "../testing/memoryStore.ts";
import { Preferences } from "./Preferences.ts";

describe("preferences", () => {
  it("come back after a reload", () => {
    const store = memoryStore();
    const before = new Preferences(store);
    before.displayName = "  Alice ";
    before.theme = "light";
    before.devices = { microphone: "m", camera: "c", speaker: "" };

    const after = new Preferences(store);

    expect(after.displayName).toBe("Alice");
    expect(after.theme).toBe("light");
    expect(after.devices).toEqual({ microphone: "m", camera: "c", speaker: "" });
  });

  it("remember the newest calls, each once", () => {
    const preferences = new Preferences(memoryStore());
    for (let call = 0; call < 12; call++)
      preferences.rememberCall({ linkId: `call-${call % 10}`, name: "", joinedAtMs: call });

    const recent = preferences.recentCalls;

    expect(recent).toHaveLength(8);
    expect(recent[0]).toMatchObject({ linkId: "call-1", joinedAtMs: 11 });
    expect(new Set(recent.map((call) => call.linkId)).size).toBe(8);
  });

  it("forget a call when asked", () => {
    const preferences = new Preferences(memoryStore());
    preferences.rememberCall({ linkId: "a-b", name: "", joinedAtMs: 1 });

    preferences.forgetCall("a-b");

    expect(preferences.recentCalls).toEqual([]);
  });

  it("start afresh from nonsense", () => {
    const preferences = new Preferences(
      memoryStore({ "conclave.name": "{", "conclave.theme": '"pink"', "conclave.recent": '[1,{"linkId":2}]' }),
    );

    expect(preferences.displayName).toBe("");
    expect(preferences.theme).toBe("system");
    expect(preferences.recentCalls).toEqual([]);
    expect(preferences.devices.camera).toBe("");
  });

  it("work without storage", () => {
    const preferences = new Preferences(brokenStore());

    preferences.displayName = "Alice";

    expect(preferences.displayName).toBe("");
  });
});
