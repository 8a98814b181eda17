/** What stands above a page: nothing, our own sign, or a bar with a way back, as apps on phones have it. */
export type HeaderKind = "none" | "standard" | "app_bar";

/** How much of itself the app shows, as the address wants it. The names in the address are those of Element Call. */
export interface LookParameters {
  readonly header: HeaderKind;
  /** There is no way out of the room but those of the host. */
  readonly isConfined: boolean;
  /** The row of buttons in a call. Its keys work without it. */
  readonly hasControls: boolean;
  readonly hasScreenSharing: boolean;
  /** As it was asked for: `languageOf` says what becomes of it. */
  readonly language: string | undefined;
  /** Names of typefaces, best first, tried before our own. */
  readonly fonts: readonly string[];
}

/** What holds where the address does not say. */
export interface LookDefaults {
  readonly header: HeaderKind;
  readonly isConfined: boolean;
}

const STANDALONE: LookDefaults = { header: "standard", isConfined: false };
const HEADERS: ReadonlySet<string> = new Set<HeaderKind>(["none", "standard", "app_bar"]);
const MAX_FONTS = 8;
/** A name and nothing else: it becomes part of a style. */
const FONT_NAME = /^[\p{L}\p{N}][\p{L}\p{N} _-]{0,63}$/u;

/** Nonsense counts as absent. @see matrixrtc.md 14.1 */
export function readLook(parameters: URLSearchParams, defaults: LookDefaults = STANDALONE): LookParameters {
  return {
    header: headerOf(parameters.get("header")) ?? defaults.header,
    isConfined: readFlag(parameters, "confineToRoom", defaults.isConfined),
    hasControls: readFlag(parameters, "showControls", true),
    hasScreenSharing: !readFlag(parameters, "hideScreensharing", false),
    language: parameters.get("lang") ?? undefined,
    fonts: parameters.getAll("font").filter(isFontName).slice(0, MAX_FONTS),
  };
}

/** A flag is on if it is there and not `false`. */
export function readFlag(parameters: URLSearchParams, name: string, otherwise: boolean): boolean {
  const value = parameters.get(name);
  return value === null ? otherwise : value !== "false";
}

export function headerOf(value: string | null): HeaderKind | undefined {
  return HEADERS.has(value ?? "") ? (value as HeaderKind) : undefined;
}

export function isFontName(name: string): boolean {
  return FONT_NAME.test(name);
}
