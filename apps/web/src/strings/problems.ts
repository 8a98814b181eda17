import type { ProblemCode } from "../problems/Problem.ts";

/** What happened, whose side it is on, and the next move. */
export interface ProblemText {
  readonly title: string;
  readonly cause: string;
  readonly remedy: string;
}

/** Words for each code. A code without words does not compile. */
export const problemTexts: Readonly<Record<ProblemCode, ProblemText>> = {
  slot_invalid: {
    title: "This call cannot be joined",
    cause: "The room describes its call in a way this app does not understand.",
    remedy: "Start a new call and share its link.",
  },
  no_transport: {
    title: "This server has no place for calls",
    cause: "Neither the homeserver nor this app's settings name a media server.",
    remedy: "Ask whoever runs the server to set one up.",
  },
  openid_refused: {
    title: "The homeserver did not vouch for you",
    cause: "It refused the proof of identity that the media server asks for.",
    remedy: "Try again. If it stays, ask whoever runs the server.",
  },
  grant_refused: {
    title: "The media server did not let you in",
    cause: "It refused your proof of identity for this call.",
    remedy: "Reload the page and join again.",
  },
  grant_unreachable: {
    title: "The media server's door does not answer",
    cause: "The service that hands out places in calls cannot be reached.",
    remedy: "Check your connection, then try again.",
  },
  grant_not_member: {
    title: "You are not in this room any more",
    cause: "The media server lets in only people whom the room lists as its members.",
    remedy: "Ask somebody in the room to invite you, then join again.",
  },
  grant_homeserver_unreachable: {
    title: "The media server cannot ask your homeserver about you",
    cause: "It tried, and your homeserver did not answer it.",
    remedy: "Try again. If it stays, ask whoever runs your homeserver.",
  },
  grant_sfu_unreachable: {
    title: "The media server is not ready",
    cause: "The service that hands out places in calls does not get through to it.",
    remedy: "Try again. If it stays, ask whoever runs the server.",
  },
  grant_busy: {
    title: "The media server is very busy",
    cause: "More people ask for a place in a call than it can answer at once.",
    remedy: "Wait a moment, then try again.",
  },
  rate_limited: {
    title: "Too many attempts",
    cause: "The server asks you to slow down.",
    remedy: "Wait a minute, then try again.",
  },
  sfu_unreachable: {
    title: "The media server cannot be reached",
    cause: "It is down, or a firewall between you and it blocks calls.",
    remedy: "Try again, or try another network.",
  },
  sfu_full: {
    title: "The call is full",
    cause: "The media server has no free place right now.",
    remedy: "Try again when somebody has left.",
  },
  sfu_removed: {
    title: "You were removed from the call",
    cause: "The media server ended your connection on purpose.",
    remedy: "Ask the others in the call before you join again.",
  },
  duplicate_identity: {
    title: "You joined somewhere else",
    cause: "The same browser is in this call in another window, and only one can be.",
    remedy: "Go on there, or join again here.",
  },
  membership_failed: {
    title: "The others could not be told that you are here",
    cause: "The homeserver refused to list you in the call.",
    remedy: "Try again. If it stays, you may lack the permission to join calls in this room.",
  },
  homeserver_unreachable: {
    title: "The homeserver cannot be reached",
    cause: "Your connection is down, or the server is.",
    remedy: "Check your connection, then try again.",
  },
  logged_out: {
    title: "You are logged out",
    cause: "The server no longer knows this browser's account.",
    remedy: "Try again to come in with a new one.",
  },
  room_not_found: {
    title: "There is no call at this link",
    cause: "It was mistyped, or nobody has started it on this server.",
    remedy: "Check the link, or start a new call.",
  },
  room_forbidden: {
    title: "This call is not open to you",
    cause: "Its room lets in invited people only.",
    remedy: "Ask somebody inside to invite you.",
  },
  encryption_unsupported: {
    title: "This browser cannot encrypt calls",
    cause: "It lacks what end-to-end encryption of sound and picture needs.",
    remedy: "Use a current Firefox, Chrome, Edge or Safari.",
  },
  crypto_failed: {
    title: "Encryption could not be set up",
    cause: "This browser's key store did not open or did not work.",
    remedy: "Reload the page. In a private window, try a normal one.",
  },
  config_invalid: {
    title: "This app is set up wrongly",
    cause: "Its settings file has a mistake.",
    remedy: "Ask whoever runs this site to check config.json.",
  },
  publish_failed: {
    title: "The others do not get your sound or picture",
    cause: "The media server did not take it.",
    remedy: "Switch it off and on again.",
  },
  event_refused: {
    title: "The others did not get it",
    cause: "The homeserver did not take it. Perhaps this room does not let you send it.",
    remedy: "Try again. If it stays, ask whoever runs the room.",
  },
  internal: {
    title: "Something broke on our side",
    cause: "This app met a state that its makers did not foresee.",
    remedy: "Try again. If it stays, report it with the code below.",
  },
  account_refused: {
    title: "This server takes no guests",
    cause: "The homeserver does not make accounts for visitors.",
    remedy: "Ask whoever runs it to open registration, or use another server.",
  },
  homeserver_refused: {
    title: "The homeserver said no",
    cause: "It refused a request that this app needs.",
    remedy: "Try again. If it stays, ask whoever runs the server.",
  },
  homeserver_not_allowed: {
    title: "This link names a server that is not allowed here",
    cause: "This site opens calls on its own homeserver only.",
    remedy: "Open the link on the site that it was made on.",
  },
  app_incomplete: {
    title: "A part of this app did not load",
    cause: "The connection broke, or the site was updated meanwhile.",
    remedy: "Reload the page and join again.",
  },
  link_invalid: {
    title: "There is nothing at this address",
    cause: "The link is incomplete or mistyped.",
    remedy: "Check the link, or start a new call.",
  },
  browser_unsupported: {
    title: "This browser is too old for calls",
    cause: "It lacks parts that calls are made of.",
    remedy: "Use a current Firefox, Chrome, Edge or Safari.",
  },
  device_denied: {
    title: "The browser keeps it closed",
    cause: "This site has no permission to use it.",
    remedy: "Allow it in the address bar, then switch it on.",
  },
  device_missing: {
    title: "None found",
    cause: "No such device is connected to this computer.",
    remedy: "Connect one, or join without.",
  },
  device_busy: {
    title: "In use elsewhere",
    cause: "Another program holds the device.",
    remedy: "Close that program, then switch it on.",
  },
  device_insecure: {
    title: "Not available on this page",
    cause: "Browsers open microphone and camera only on pages that came over https.",
    remedy: "Open this page with https.",
  },
  device_failed: {
    title: "The device did not start",
    cause: "The computer reported a fault.",
    remedy: "Unplug it and plug it in again, or choose another.",
  },
};
