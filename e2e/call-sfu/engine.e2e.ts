import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { JoinWishes, SeenCall } from "./page/CallLab.ts";
import { buildLab, type LabServer, startLab } from "./startLab.ts";

const RED = [200, 40, 40] as const;
const BLUE = [40, 60, 200] as const;
const GREEN = [40, 160, 60] as const;
const PATIENCE = { timeout: 20_000, interval: 100 };

let lab: LabServer;

beforeAll(() => buildLab());

beforeEach(async () => {
  lab = await startLab();
});

afterEach(() => lab.close());

describe("the call engine over our SFU in Chromium", () => {
  it("shows both people to each other, decrypted, and asks little for it", async () => {
    await join("alice", { colour: RED, toneHz: 440 });
    await join("bob", { colour: BLUE, toneHz: 660 });

    await expectToSee("bob", "alice", RED);
    await expectToSee("alice", "bob", BLUE);
    await expect.poll(async () => (await see("bob")).trust, PATIENCE).toMatchObject({ state: "locked" });
    const { statistics } = await see("bob");
    expect(statistics.framesPassedPlain).toBe(0);
    expect(lab.sockets).toBe(2);
    expect(lab.tokenRequests).toEqual(["/jwt/sfu/get", "/jwt/sfu/get"]);
  });

  it.each(["sticky", "draft"] as const)(
    "shows people to each other of whom one sends %s memberships",
    async (layer) => {
      await join("alice", { colour: RED, layer });
      await join("bob", { colour: BLUE });

      await expectToSee("bob", "alice", RED);
      await expectToSee("alice", "bob", BLUE);
      await expect.poll(async () => (await see("bob")).trust, PATIENCE).toMatchObject({ state: "locked" });
      expect(lab.tokenRequests).toContain("/jwt/get_token");
    },
  );

  it("shows the first frame soon after the click", async () => {
    await join("alice", { colour: RED });
    await join("bob", {});

    await expectToSee("bob", "alice", RED);
    const { timings } = await see("bob");
    expect((timings["first_frame"] ?? Infinity) - (timings["click"] ?? 0)).toBeLessThan(3_000);
  });

  it("passes frames as they are in a room without encryption, and says so", async () => {
    await join("alice", { colour: RED, isEncrypted: false });
    await join("bob", { colour: BLUE });

    await expectToSee("bob", "alice", RED);
    await expect.poll(async () => (await see("bob")).statistics.framesPassedPlain, PATIENCE).toBeGreaterThan(0);
    expect((await see("bob")).trust.state).toBe("open");
  });

  it("replaces, takes away and brings back the camera", async () => {
    await join("alice", { colour: RED });
    await join("bob", {});
    await expectToSee("bob", "alice", RED);

    await setCamera("alice", GREEN);
    await expectToSee("bob", "alice", GREEN);
    await setCamera("alice", undefined);
    await expect.poll(() => colourSeenBy("bob", "alice"), PATIENCE).toBeUndefined();
    await setCamera("alice", BLUE);

    await expectToSee("bob", "alice", BLUE);
  });

  it("tells the others that the microphone is muted", async () => {
    await join("alice", { toneHz: 440 });
    await join("bob", {});
    await expect.poll(() => microphoneSeenBy("bob", "alice"), PATIENCE).toEqual({ isThere: true, isMuted: false });

    await lab.page.evaluate(() => window.lab.call("alice").setMicrophoneMuted(true));
    await expect.poll(() => microphoneSeenBy("bob", "alice"), PATIENCE).toEqual({ isThere: true, isMuted: true });
    await lab.page.evaluate(() => window.lab.call("alice").setMicrophoneMuted(false));

    await expect.poll(() => microphoneSeenBy("bob", "alice"), PATIENCE).toEqual({ isThere: true, isMuted: false });
  });

  it("receives a smaller picture when it is shown small, and none when it is not shown", async () => {
    await join("alice", { colour: RED });
    await join("bob", {});
    await expect.poll(() => widthSeenBy("bob", "alice"), PATIENCE).toBe(640);

    await setVideoSizes("bob", 160, 90);
    await expect.poll(() => widthSeenBy("bob", "alice"), PATIENCE).toBe(320);
    await setVideoSizes("bob", 0, 0);
    await expect.poll(async () => (await see("bob")).trust.state, PATIENCE).toBe("alone");
    await setVideoSizes("bob", 640, 360);

    await expect.poll(() => widthSeenBy("bob", "alice"), PATIENCE).toBe(640);
  });

  it("comes back by itself after the SFU was killed and started again", async () => {
    await join("alice", { colour: RED, toneHz: 440 });
    await join("bob", { colour: BLUE });
    await expectToSee("bob", "alice", RED);

    await lab.killSfu();
    await expect.poll(async () => (await see("bob")).state, PATIENCE).toContain('"reconnecting"');
    await lab.startSfu();
    const startedAtMs = Date.now();

    await expectToSee("bob", "alice", RED);
    await expectToSee("alice", "bob", BLUE);
    expect(Date.now() - startedAtMs).toBeLessThan(10_000);
    await expect.poll(async () => (await see("bob")).state, PATIENCE).toBe('{"phase":"joined"}');
    await expect.poll(async () => (await see("alice")).trust, PATIENCE).toMatchObject({ state: "locked" });
  });

  it("resumes a lost signalling connection without a new one", async () => {
    await join("alice", { colour: RED });
    await join("bob", {});
    await expectToSee("bob", "alice", RED);
    const tokensBefore = lab.tokenRequests.length;

    lab.dropSockets();
    await expect.poll(async () => (await see("bob")).state, PATIENCE).toContain('"reconnecting"');
    await expect.poll(async () => (await see("bob")).state, PATIENCE).toBe('{"phase":"joined"}');

    await expectToSee("bob", "alice", RED);
    expect(lab.tokenRequests).toHaveLength(tokensBefore);
  });

  it("is gone for the others as soon as it leaves", async () => {
    await join("alice", { colour: RED });
    await join("bob", { colour: BLUE });
    await expectToSee("alice", "bob", BLUE);

    const leftMs = await lab.page.evaluate(async () => {
      const startedAtMs = performance.now();
      await window.lab.call("bob").leave();
      return performance.now() - startedAtMs;
    });

    await expect.poll(async () => (await see("alice")).members.map((member) => member.displayName)).toEqual(["alice"]);
    expect(leftMs).toBeLessThan(1_000);
  });
});

interface Wishes extends JoinWishes {
  readonly isEncrypted?: boolean;
}

/** The first to join opens the room. */
function join(name: string, wishes: Wishes): Promise<number> {
  return lab.page.evaluate(
    async ([person, { isEncrypted = true, ...options }]) => {
      window.lab.openRoomOnce(isEncrypted);
      await window.lab.enter(person);
      return window.lab.join(person, options);
    },
    [name, wishes] as const,
  );
}

function see(name: string): Promise<SeenCall> {
  return lab.page.evaluate((person) => window.lab.see(person), name);
}

async function seenBy(viewer: string, shown: string): Promise<SeenCall["members"][number] | undefined> {
  return (await see(viewer)).members.find(({ displayName }) => displayName === shown);
}

async function colourSeenBy(viewer: string, shown: string): Promise<readonly number[] | undefined> {
  return (await seenBy(viewer, shown))?.colour;
}

async function widthSeenBy(viewer: string, shown: string): Promise<number | undefined> {
  return (await seenBy(viewer, shown))?.pixels[0];
}

async function microphoneSeenBy(viewer: string, shown: string): Promise<unknown> {
  const member = await seenBy(viewer, shown);
  return member && { isThere: member.hasMicrophone, isMuted: member.isMicrophoneMuted };
}

function setCamera(name: string, colour: readonly [number, number, number] | undefined): Promise<void> {
  return lab.page.evaluate(([person, wish]) => window.lab.setCamera(person, wish), [name, colour] as const);
}

function setVideoSizes(name: string, width: number, height: number): Promise<void> {
  return lab.page.evaluate(([person, ...size]) => window.lab.setVideoSizes(person, ...size), [
    name,
    width,
    height,
  ] as const);
}

/** Frames of the colour are shown, and more of them come. */
async function expectToSee(viewer: string, shown: string, wanted: readonly number[]): Promise<void> {
  const isSeen = (seen: readonly number[] | undefined): boolean =>
    seen?.every((part, index) => Math.abs(part - (wanted[index] ?? 0)) < 40) ?? false;
  await expect.poll(() => colourSeenBy(viewer, shown), PATIENCE).toSatisfy(isSeen);
  const before = (await seenBy(viewer, shown))?.framesShown ?? 0;
  await expect.poll(async () => (await seenBy(viewer, shown))?.framesShown, PATIENCE).toBeGreaterThan(before);
}
