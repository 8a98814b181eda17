import type { Person } from "@conclave/bot/browser";
import type { Frame } from "playwright-core";
import { expect } from "vitest";

const COLOUR_TOLERANCE = 45;
const POLL = { interval: 200 };

/** Waits until one of the pictures that Element Call shows is the person's. Its tiles are not ours: any picture counts. */
export async function expectElementCallToSee(frame: Frame, person: Person, timeoutMs: number): Promise<void> {
  await expect
    .poll(() => framesShown(frame, person), {
      ...POLL,
      timeout: timeoutMs,
      message: `Element Call shows ${person.name}`,
    })
    .not.toEqual([]);
  const [first] = await framesShown(frame, person);
  await expect
    .poll(() => framesShown(frame, person), { ...POLL, timeout: timeoutMs, message: `${person.name} moves there` })
    .not.toEqual([first]);
}

const HAND = "✋";

/** Presses a button of Element Call's menu of hands and emojis, by what a screen reader calls it. */
export async function pressInElementCall(frame: Frame, name: string): Promise<void> {
  await openMenu(frame);
  await frame.getByRole("button", { name, exact: true }).first().click();
}

/** Sends an emoji of Element Call's menu. */
export async function reactInElementCall(frame: Frame, emoji: string): Promise<void> {
  await openMenu(frame);
  await frame.locator("button", { hasText: emoji }).first().click();
}

function openMenu(frame: Frame): Promise<void> {
  return frame.getByRole("button", { name: "Reactions", exact: true }).click();
}

/** Waits until Element Call shows so many raised hands. */
export async function expectElementCallHands(frame: Frame, count: number): Promise<void> {
  const hands = frame.getByRole("img", { name: "Reaction", exact: true }).filter({ hasText: HAND });
  await expect.poll(() => hands.count(), { ...POLL, timeout: 20_000, message: "hands in Element Call" }).toBe(count);
}

/** Waits until Element Call shows the emoji on a tile. */
export async function expectElementCallEmoji(frame: Frame, emoji: string): Promise<void> {
  const shown = frame.getByRole("img", { name: "Reaction", exact: true }).filter({ hasText: emoji });
  await shown.first().waitFor({ timeout: 20_000 });
}

/** Numbers of the person's frames that are on the screen now. */
async function framesShown(frame: Frame, person: Person): Promise<readonly number[]> {
  const pictures = await frame.evaluate(() =>
    Array.from(document.querySelectorAll("video"))
      .filter((video) => video.srcObject !== null && !video.paused && video.videoWidth > 0)
      .map((video) => window.observer.readPicture(video)),
  );
  return pictures.flatMap((picture) =>
    picture?.person === person.id && isNear(picture.colour, person.colour) ? [picture.frame] : [],
  );
}

function isNear(colour: readonly number[], wanted: readonly number[]): boolean {
  return colour.every((value, channel) => Math.abs(value - (wanted[channel] ?? 0)) <= COLOUR_TOLERANCE);
}
