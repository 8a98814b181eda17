import { botName } from "../../BotDirectory.ts";
import { mediaPersonOf, type Rgb } from "../../media/people.ts";
import type { Person } from "./Person.ts";

/** Pictures and tones repeat after fewer bots than this. */
const DIFFERENT_BOTS = 1_000;

/** The person that a bot's browser plays: as bots of the other tiers are, in name, picture and tone. */
export function personOf(botNumber: number): Person {
  const { personId, colour, toneHz } = mediaPersonOf(botNumber);
  return { name: botName(botNumber), id: personId, colour, toneHz };
}

/** Every colour that a bot's camera may show. */
export function colours(): readonly Rgb[] {
  const all = Array.from({ length: DIFFERENT_BOTS }, (_, number) => mediaPersonOf(number).colour);
  return [...new Map(all.map((colour) => [String(colour), colour])).values()];
}
