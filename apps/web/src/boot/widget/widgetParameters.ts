import type { CallIntent } from "@conclave/matrix-rtc";

import { PageError } from "../../problems/Problem.ts";
import { isServerUrl, toBaseUrl } from "../appConfig.ts";
import { readFlag } from "../lookParameters.ts";
import { type PageParameters, readPageParameters } from "../pageParameters.ts";
import { listIgnored } from "./ignoredParameters.ts";
import { presetOf } from "./intents.ts";

/** What the client that embeds the page asks for in its address. The names are those of Element Call. */
export interface WidgetParameters {
  readonly page: PageParameters;
  readonly widgetId: string;
  readonly parentUrl: string;
  readonly roomId: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly baseUrl: string | undefined;
  readonly theme: "light" | "dark" | "system";
  readonly fontScale: number;
  /** The others are told with which wish this one joins. */
  readonly callIntent: CallIntent | undefined;
  /** Waits for the host's `io.element.join`. */
  readonly preload: boolean;
  readonly returnToLobby: boolean;
  /** Read for completeness: whether media is encrypted, the room says and nobody else. */
  readonly perParticipantE2EE: boolean;
  /** Names whose values were not understood; each counts as absent. */
  readonly ignored: readonly string[];
}

const MAX_LENGTH = 2048;
const FONT_SCALES = { least: 0.5, most: 3 };

/** True if another client embeds the page. @see matrixrtc.md 14.1 */
export function isWidgetAddress(address: URL): boolean {
  const read = reader(address);
  return read("widgetId") !== undefined && read("parentUrl") !== undefined;
}

/**
 * Reads the address of a widget. Unknown fields and nonsense count as absent.
 *
 * @throws {PageError} `link_invalid`: it does not say whose widget it is
 */
export function readWidgetParameters(address: URL): WidgetParameters {
  const read = reader(address);
  const preset = presetOf(read("intent"));
  const all = everything(address);
  const flag = (name: string, otherwise: boolean): boolean => readFlag(all.searchParams, name, otherwise);
  const required = (name: string): string => {
    const value = read(name);
    if (value) return value;
    throw new PageError("link_invalid", `The address of the widget lacks ${name}`);
  };
  const baseUrl = read("baseUrl");
  const preload = flag("preload", false);
  const userId = required("userId");
  return {
    page: {
      ...readPageParameters(all, preset),
      displayName: nameOf(userId),
      skipLobby: flag("skipLobby", preset.skipLobby) && !preload,
    },
    widgetId: required("widgetId"),
    parentUrl: required("parentUrl"),
    roomId: required("roomId"),
    userId,
    deviceId: required("deviceId"),
    baseUrl: baseUrl !== undefined && isServerUrl(baseUrl) ? toBaseUrl(baseUrl) : undefined,
    theme: themeOf(read("theme")),
    fontScale: fontScaleOf(read("fontScale")),
    callIntent: preset.callIntent,
    preload,
    returnToLobby: flag("returnToLobby", false),
    perParticipantE2EE: flag("perParticipantE2EE", preset.perParticipantE2EE),
    ignored: listIgnored(all.searchParams),
  };
}

/** Light or dark, out of names such as `light-high-contrast`. */
export function themeOf(name: string | undefined): "light" | "dark" | "system" {
  if (name?.startsWith("dark")) return "dark";
  return name?.startsWith("light") ? "light" : "system";
}

/** The fragment goes before the query, because it reaches no server. */
function reader(address: URL): (name: string) => string | undefined {
  const fragment = fragmentOf(address);
  return (name) => (fragment.get(name) ?? address.searchParams.get(name))?.slice(0, MAX_LENGTH);
}

/** `#?a=b` and `#/alias?a=b` */
function fragmentOf(address: URL): URLSearchParams {
  return new URLSearchParams(address.hash.includes("?") ? address.hash.slice(address.hash.indexOf("?") + 1) : "");
}

/** Both as one query; of a name that may be repeated the fragment has the say. */
function everything(address: URL): URL {
  const url = new URL(address);
  const fragment = fragmentOf(address);
  for (const name of new Set(fragment.keys())) url.searchParams.delete(name);
  for (const [name, value] of fragment) url.searchParams.append(name, value.slice(0, MAX_LENGTH));
  return url;
}

function nameOf(userId: string): string {
  return userId.replace(/^@/, "").split(":")[0] ?? userId;
}

function fontScaleOf(value: string | undefined): number {
  const scale = Number(value ?? 1);
  return scale >= FONT_SCALES.least && scale <= FONT_SCALES.most ? scale : 1;
}
