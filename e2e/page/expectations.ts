import {
  framesBetween,
  type Observation,
  type Person,
  type PersonBrowser,
  type SeenPicture,
} from "@conclave/bot/browser";
import { expect } from "vitest";

const TONE_TOLERANCE_HZ = 20;
const COLOUR_TOLERANCE = 45;
const POLL = { interval: 100 };

export function observe(browser: PersonBrowser): Promise<Observation> {
  return browser.page.evaluate(() => window.observer.read());
}

/** The picture in the tile that carries the person's name, on somebody else's screen. */
async function pictureOf(browser: PersonBrowser, person: Person): Promise<SeenPicture | undefined> {
  const { tiles } = await observe(browser);
  return tiles.find((tile) => !tile.isSelf && tile.text.includes(person.name))?.picture;
}

function isPictureOf(picture: SeenPicture | undefined, person: Person): boolean {
  return (
    picture?.person === person.id &&
    picture.colour.every((value, channel) => Math.abs(value - person.colour[channel]!) <= COLOUR_TOLERANCE)
  );
}

/** Waits until the tile named after `person` shows their colour, and their frame numbers go on from there. */
export async function expectToSee(browser: PersonBrowser, person: Person, timeoutMs = 20_000): Promise<void> {
  const label = `${browser.person.name} sees ${person.name}`;
  let first: SeenPicture | undefined;
  await expect
    .poll(
      async () => {
        first = await pictureOf(browser, person);
        return isPictureOf(first, person);
      },
      { ...POLL, timeout: timeoutMs, message: label },
    )
    .toBe(true);
  await expect
    .poll(
      async () => {
        const later = await pictureOf(browser, person);
        return isPictureOf(later, person) && framesBetween(first!.frame, later!.frame) > 0;
      },
      { ...POLL, timeout: timeoutMs, message: `${label} moving` },
    )
    .toBe(true);
}

/** Waits until one of the playing remote tracks carries the person's tone. */
export async function expectToHear(browser: PersonBrowser, person: Person, timeoutMs = 20_000): Promise<void> {
  await expect
    .poll(
      async () => {
        const { tonesHz } = await observe(browser);
        return tonesHz.some((tone) => Math.abs(tone - person.toneHz) <= TONE_TOLERANCE_HZ);
      },
      { ...POLL, timeout: timeoutMs, message: `${browser.person.name} hears ${person.name}` },
    )
    .toBe(true);
}

/** Everybody sees and hears everybody else. */
export async function expectFullCall(browsers: readonly PersonBrowser[], timeoutMs = 20_000): Promise<void> {
  await Promise.all(
    browsers.flatMap((browser) =>
      browsers
        .filter((other) => other !== browser)
        .map(async (other) => {
          await expectToSee(browser, other.person, timeoutMs);
          await expectToHear(browser, other.person, timeoutMs);
        }),
    ),
  );
}
