import type { RequestPattern } from "./rules.ts";

const MEMBERSHIP_TARGET = String.raw`/state/org\.matrix\.msc3401\.call\.member/[^?]+`;

/** Everything that the homeserver answers. */
export const HOMESERVER: RequestPattern = { target: /^\/_matrix\// };
/** Both ways of syncing. */
export const SYNC: RequestPattern = {
  target: /^\/_matrix\/client\/(v3|unstable\/org\.matrix\.simplified_msc3575)\/sync\b/,
};
export const KEY_SEND: RequestPattern = { method: "PUT", target: /\/sendToDevice\/m\.room\.encrypted\// };
/** The membership itself: a state event at once. */
export const MEMBERSHIP: RequestPattern = { method: "PUT", target: new RegExp(`${MEMBERSHIP_TARGET}$`) };
/** The dead man's switch: the same state, empty and delayed. @see MSC4140 */
export const DELAYED_LEAVE: RequestPattern = {
  method: "PUT",
  target: new RegExp(String.raw`${MEMBERSHIP_TARGET}\?org\.matrix\.msc4140\.delay=`),
};
export const RESTART: RequestPattern = { method: "POST", target: /\/delayed_events\/[^/]+\/restart$/ };
export const ROOM_JOIN: RequestPattern = { method: "POST", target: /^\/_matrix\/client\/v3\/join\// };
/** Leaving: the delayed leave is sent at once. */
export const LEAVE: RequestPattern = { method: "POST", target: /\/delayed_events\/[^/]+\/send$/ };
/** The authorisation service of this installation, whole. */
export const TOKEN_SERVICE: RequestPattern = { target: /^\/livekit\/jwt\// };
export const REGISTER: RequestPattern = { method: "POST", target: /^\/_matrix\/client\/v3\/register$/ };
export const CREATE_ROOM: RequestPattern = { method: "POST", target: /^\/_matrix\/client\/v3\/createRoom$/ };
