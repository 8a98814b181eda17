import type { BotSample } from "../../model.ts";
import { sum } from "../quantiles.ts";
import { formatCount } from "../words.ts";
import { type Markup, markup } from "./markup.ts";

/** The page holds them itself; a merge may bring many. */
const MAX_SHOWN = 12;
const MAX_SHOWN_BYTES = 8_000_000;

/** What real browsers showed of the call, for people who want to see it with their own eyes. */
export function renderSamples(samples: readonly BotSample[]): Markup | false {
  if (samples.length === 0) return false;
  const sizes = samples.map(({ png }) => png.length);
  const shown = samples.slice(0, MAX_SHOWN).filter((_, index) => sum(sizes.slice(0, index + 1)) <= MAX_SHOWN_BYTES);
  const figures = shown.map(
    ({ bot, png }) =>
      markup`<figure><img alt="The call as bot ${bot} saw it" src="data:image/png;base64,${Buffer.from(png).toString("base64")}"><figcaption>Bot ${bot}</figcaption></figure>`,
  );
  const rest =
    shown.length < samples.length &&
    `${formatCount(shown.length)} of ${formatCount(samples.length)} are here; the folder samples beside this file has all.`;
  return markup`<section><h2>What the browsers saw</h2><p class="note">Their screens shortly before they left. ${rest}</p><div class="views">${figures}</div></section>`;
}
