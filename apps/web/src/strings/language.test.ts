import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { formatDay } from "./formatTime.ts";
import { german } from "./german.ts";
import { languageOf, speak } from "./language.ts";
import { problemTexts } from "./problems.ts";
import { strings } from "./strings.ts";
import { putInto } from "./Translation.ts";

const CAFE = new Date(2026, 10, 24, 10).getTime();

describe("the language of the app", () => {
  it.each([
    ["de", "de"],
    ["de-AT", "de"],
    ["DE_ch", "de"],
    ["en-GB", "en"],
    ["tlh", "en"],
    ["", "en"],
    [undefined, "en"],
    ["../german", "en"],
    ["__proto__", "en"],
    ["d".repeat(5_000), "en"],
  ])("that %j means is %s", (tag, language) => {
    expect(languageOf(tag)).toBe(language);
  });

  it("stays English for one that is not there", async () => {
    expect(await speak("tlh-Latn")).toBe("en");
    expect(strings.lobby.join).toBe("Join now");
  });
});

describe("a translation", () => {
  const before = structuredClone(texts(strings));

  beforeAll(async () => {
    expect(await speak("de-DE")).toBe("de");
  });

  // What is not translated stays as it is: nothing else must have come in.
  afterAll(() => expect([...texts(strings).keys()]).toEqual([...before.keys()]));

  it("takes the place of what it translates, functions included", () => {
    expect(strings.lobby.join).toBe("Jetzt teilnehmen");
    expect(strings.lobby.present(["Ann", "Bo"])).toBe("Ann und Bo sind da");
    expect(problemTexts.sfu_full.title).toBe("Der Anruf ist voll");
    expect(formatDay(CAFE - 86_400_000, CAFE)).toBe("gestern");
  });

  it("brings in nothing that the catalogue does not have", () => {
    const catalogue = { word: "one", inner: { word: "two" } };
    const other = JSON.parse('{"word":"eins","more":"x","__proto__":{"word":"p"},"inner":{"more":"y"}}') as object;

    putInto(catalogue, other);

    expect(catalogue).toStrictEqual({ word: "eins", inner: { word: "two" } });
  });

  it("leaves what it does not translate in English", () => {
    expect(strings.problem.code("x")).toBe("Code: x");
    expect(german.strings.problem).not.toHaveProperty("code");
  });
});

/** Every word that is no function, by its path. */
function texts(catalogue: object, path = ""): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(catalogue).flatMap(([key, word]: [string, unknown]) => {
      if (typeof word === "string") return [[`${path}${key}`, word] as const];
      return typeof word === "object" && word !== null ? [...texts(word, `${path}${key}.`)] : [];
    }),
  );
}
