import { TargetError } from "./errors.ts";

/** What `--url` names. */
export type TargetUrl =
  | { readonly kind: "homeserver"; readonly baseUrl: string }
  | {
      readonly kind: "link";
      /** Of the web app. */
      readonly origin: string;
      /** Local part of the room's alias. */
      readonly linkId: string;
      /** Where the link itself names one. */
      readonly homeserverUrl?: string;
    };

/** What a link may name: the local part of an alias that is safe in a path. */
const LINK_ID = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/**
 * Tells a link to a room (`https://host/r/ID`, `https://host/#/room/ID`) from the address of a homeserver.
 *
 * @throws {TargetError} `bad_url`
 */
export function parseTargetUrl(text: string): TargetUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw bad(`"${text}" is not an http or https address.`);
  if (url.username !== "" || url.password !== "") throw bad("The address must not hold a user or a password.");
  const named = (/^\/r\/([^/]+)\/?$/.exec(url.pathname) ?? /^#\/room\/([^/?]+)/.exec(url.hash))?.[1]?.toLowerCase();
  if (named === undefined) return { kind: "homeserver", baseUrl: (url.origin + url.pathname).replace(/\/+$/, "") };
  if (!LINK_ID.test(named)) throw bad(`"${named}" cannot be the id of a link.`);
  const homeserverUrl = url.searchParams.get("homeserver");
  return { kind: "link", origin: url.origin, linkId: named, ...(homeserverUrl === null ? {} : { homeserverUrl }) };
}

function bad(sentence: string): TargetError {
  return new TargetError("bad_url", sentence);
}
