import { speak } from "../strings/language.ts";
import type { LookParameters } from "./lookParameters.ts";

/** Gives the page its language and typefaces, before anything is shown. */
export async function applyLook({ documentElement }: Document, look: LookParameters): Promise<void> {
  if (look.fonts.length > 0) {
    const named = look.fonts.map((name) => `"${name}"`);
    documentElement.style.setProperty("--font", [...named, "system-ui", "sans-serif"].join(", "));
  }
  documentElement.lang = await speak(look.language);
}
