import { isLinkId } from "./linkId.ts";
import { linkPassword, passwordFragment } from "./linkPassword.ts";

/** Where in the app one is. */
export type Route =
  | { readonly page: "home" }
  | { readonly page: "room"; readonly linkId: string }
  | { readonly page: "unknown" };

/** Reads the address of a page. */
export function parseRoute(url: URL): Route {
  const path = url.pathname.replace(/\/+$/, "");
  if (path === "") return { page: "home" };
  const linkId = /^\/r\/([^/]+)$/.exec(path)?.[1]?.toLowerCase();
  return linkId !== undefined && isLinkId(linkId) ? { page: "room", linkId } : { page: "unknown" };
}

/**
 * The address of a call on this site. Of the present address it keeps only the homeserver and the password, without which
 * the link would lead elsewhere, or to people whom nobody can hear.
 */
export function roomUrl(linkId: string, here: URL): URL {
  const url = new URL(`/r/${linkId}`, here.origin);
  const homeserver = here.searchParams.get("homeserver");
  if (homeserver !== null) url.searchParams.set("homeserver", homeserver);
  const password = linkPassword(here);
  if (password !== undefined) url.hash = passwordFragment(password);
  return url;
}

/** What a person pasted to join. */
export type PastedLink =
  | { readonly kind: "room"; readonly linkId: string; readonly password?: string }
  /** A link to another site: only that site can open it. */
  | { readonly kind: "elsewhere"; readonly host: string }
  | { readonly kind: "not_a_link" };

/** Understands a whole link, a path, or the bare id of a call. */
export function parsePastedLink(text: string, here: URL): PastedLink {
  const trimmed = text.trim();
  const bare = trimmed.toLowerCase();
  if (isLinkId(bare) && bare.includes("-")) return { kind: "room", linkId: bare };
  if (!URL.canParse(trimmed, here.href) || !/[/.:]/.test(trimmed)) return { kind: "not_a_link" };

  const url = new URL(/^[\w-]+(\.[\w-]+)+\//.test(trimmed) ? `https://${trimmed}` : trimmed, here.href);
  const route = parseRoute(url);
  if (route.page !== "room") return { kind: "not_a_link" };
  if (url.host !== here.host) return { kind: "elsewhere", host: url.host };
  const password = linkPassword(url);
  return { kind: "room", linkId: route.linkId, ...(password !== undefined && { password }) };
}
