/** `full`: the homeserver's users may cause rooms to be created. `restricted`: they may only join what is there. */
export type Access = "full" | "restricted";

export interface GrantRules {
  /** Server names whose users have full access; a lone `*` stands for all. */
  readonly fullAccessHomeservers: readonly string[];
  /** False: users of other homeservers may listen and watch only. lk-jwt-service 0.5 lets them publish. */
  readonly canRestrictedPublish?: boolean;
}

/** Who asks, proven, and for what place on the SFU. */
export interface GrantSubject {
  /** The homeserver that vouched for the user. */
  readonly serverName: string;
  readonly room: string;
  readonly identity: string;
  /** What the homeserver says about the user in the Matrix room; `unknown` where it does not tell. */
  readonly membership: "joined" | "absent" | "unknown";
}

/** What the token will allow. */
export interface Grant {
  readonly room: string;
  readonly identity: string;
  readonly canPublish: boolean;
  readonly mayCreateRoom: boolean;
}

export type GrantDecision =
  | { readonly is: "granted"; readonly grant: Grant }
  | { readonly is: "refused"; readonly code: "not_in_room" };

/** How much a homeserver's users may do. Names are compared exactly. */
export function accessOf({ fullAccessHomeservers }: GrantRules, serverName: string): Access {
  const isOpenToAll = fullAccessHomeservers.length === 1 && fullAccessHomeservers[0] === "*";
  return isOpenToAll || fullAccessHomeservers.includes(serverName) ? "full" : "restricted";
}

/**
 * Decides what somebody gets whose identity is proven. Pure.
 *
 * @see MSC4195; the access levels of lk-jwt-service 0.5
 */
export function decideGrant(rules: GrantRules, subject: GrantSubject): GrantDecision {
  if (subject.membership === "absent") return { is: "refused", code: "not_in_room" };
  const isFull = accessOf(rules, subject.serverName) === "full";
  return {
    is: "granted",
    grant: {
      room: subject.room,
      identity: subject.identity,
      canPublish: isFull || (rules.canRestrictedPublish ?? true),
      mayCreateRoom: isFull,
    },
  };
}
