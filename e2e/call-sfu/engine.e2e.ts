import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { buildLab, type LabServer, startLab } from "./startLab.ts";

const RED = [200, 40, 40] as const;
const BLUE = [40, 60, 200] as const;
const PATIENCE = { timeout: 15_000, interval: 100 };

describe("the call engine over our SFU in Chromium", () => {
  let lab: LabServer;

  beforeAll(() => buildLab());

  beforeEach(async () => {
    lab = await startLab();
  });

  afterEach(() => lab.close());

  it("shows both people to each other, decrypted", async () => {
    await join("alice", RED, 440);
    await join("bob", BLUE, 660);

    await expect.poll(() => colourSeenBy("bob", "alice"), PATIENCE).toSatisfy((colour) => isLike(colour, RED));
    await expect.poll(() => colourSeenBy("alice", "bob"), PATIENCE).toSatisfy((colour) => isLike(colour, BLUE));
    await expect.poll(async () => (await see("bob")).trust.state, PATIENCE).toBe("locked");
  });

  async function join(name: string, colour: readonly [number, number, number], toneHz: number): Promise<number> {
    return lab.page.evaluate(
      async ([name, colour, toneHz]) => {
        if (name === "alice") window.lab.openRoom(true);
        await window.lab.enter(name);
        return window.lab.join(name, { colour, toneHz });
      },
      [name, colour, toneHz] as const,
    );
  }

  function see(name: string): Promise<ReturnType<Window["lab"]["see"]>> {
    return lab.page.evaluate((name) => window.lab.see(name), name);
  }

  async function colourSeenBy(viewer: string, shown: string): Promise<readonly number[] | undefined> {
    return (await see(viewer)).members.find(({ displayName }) => displayName === shown)?.colour;
  }
});

function isLike(seen: readonly number[] | undefined, wanted: readonly number[]): boolean {
  return seen?.every((part, index) => Math.abs(part - (wanted[index] ?? 0)) < 40) ?? false;
}
