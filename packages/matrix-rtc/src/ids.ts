declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `!opaque:server` (or `!opaque` in newer room versions). */
export type RoomId = Branded<"RoomId">;
/** `@localpart:server`. */
export type UserId = Branded<"UserId">;
/** One login of one user. Unique only together with the user id. */
export type DeviceId = Branded<"DeviceId">;
/** `$opaque`. */
export type EventId = Branded<"EventId">;
/** What a homeserver calls a scheduled event (MSC4140). Knowing it is enough to manage the event: treat as a secret. */
export type DelayId = Branded<"DelayId">;
