import { problemTexts } from "./problems.ts";
import { strings } from "./strings.ts";
import { putInto, type Translation } from "./Translation.ts";

export interface Language {
  readonly strings: Translation<typeof strings>;
  readonly problems: Translation<typeof problemTexts>;
}

const ENGLISH = "en";

/** Each in a file of its own, which comes only where it is wanted. */
const LANGUAGES: ReadonlyMap<string, () => Promise<Language>> = new Map([
  ["de", async () => (await import("./german.ts")).german],
]);

/** The language of the catalogue that is meant by a tag such as `de-AT`; English for every other and for nonsense. */
export function languageOf(tag: string | undefined): string {
  const [language] = (tag ?? "").toLowerCase().split(/[-_]/);
  return LANGUAGES.has(language ?? "") ? (language as string) : ENGLISH;
}

/**
 * Gives every word of the app in a language, for the life of the page: to be called before the first word is shown.
 * A language that does not load leaves the app English.
 *
 * @returns the language that is spoken now
 */
export async function speak(tag: string | undefined): Promise<string> {
  const load = LANGUAGES.get(languageOf(tag));
  const language = await load?.().catch(() => undefined);
  if (language === undefined) return ENGLISH;
  putInto(strings, language.strings);
  putInto(problemTexts, language.problems);
  return languageOf(tag);
}
