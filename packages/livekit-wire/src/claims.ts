import { LivekitWireError } from "./errors.ts";

/** What a track may be a source of, as tokens write it. */
export type GrantSource = "camera" | "microphone" | "screen_share" | "screen_share_audio";

/** The decoded claims of an access token, with the defaults of absent fields filled in. */
export interface AccessGrant {
  /** API key that signed it (`iss`). */
  readonly issuer: string;
  /** Participant identity (`sub`); empty in tokens for the server API. */
  readonly identity: string;
  readonly name: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly expiresAtMs: number;
  readonly notBeforeMs: number;
  /** Room that the token is for; empty if it names none. */
  readonly room: string;
  readonly canJoin: boolean;
  readonly canPublish: boolean;
  readonly canSubscribe: boolean;
  readonly canPublishData: boolean;
  /** Undefined: all sources. */
  readonly publishSources: readonly GrantSource[] | undefined;
  readonly canUpdateOwnMetadata: boolean;
  readonly isHidden: boolean;
  /** What kind of participant it is for, as tokens write it: `standard`, `agent`, `egress`, … */
  readonly kind: string;
  readonly canCreateRooms: boolean;
  readonly canListRooms: boolean;
  readonly isRoomAdmin: boolean;
  /** Base64 of the SHA-256 of the body, in webhook tokens only. */
  readonly bodySha256: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const SOURCES: readonly string[] = ["camera", "microphone", "screen_share", "screen_share_audio"];
const MS_PER_SECOND = 1000;

/**
 * Reads the claims of an access token.
 *
 * @throws {LivekitWireError} `token_malformed`
 * @see LiveKit protocol, auth/grants.go (names and defaults)
 */
export function parseClaims(payload: unknown): AccessGrant {
  const claims = object(payload, "claims");
  const video = claims["video"] === undefined ? {} : object(claims["video"], "video");
  const sources = publishSources(video["canPublishSources"]);
  // A list of sources, when given, decides alone whether anything may be published.
  const canPublish = sources === undefined ? flag(video, "canPublish", true) : sources.length > 0;
  return {
    issuer: text(claims, "iss"),
    identity: text(claims, "sub"),
    name: text(claims, "name"),
    metadata: text(claims, "metadata"),
    attributes: attributes(claims["attributes"]),
    expiresAtMs: instant(claims, "exp") ?? malformed("exp is missing"),
    notBeforeMs: instant(claims, "nbf") ?? 0,
    room: text(video, "room"),
    canJoin: flag(video, "roomJoin", false),
    canPublish,
    canSubscribe: flag(video, "canSubscribe", true),
    canPublishData: flag(video, "canPublishData", canPublish),
    publishSources: sources,
    canUpdateOwnMetadata: flag(video, "canUpdateOwnMetadata", false),
    isHidden: flag(video, "hidden", false),
    kind: text(claims, "kind").toLowerCase() || "standard",
    canCreateRooms: flag(video, "roomCreate", false),
    canListRooms: flag(video, "roomList", false),
    isRoomAdmin: flag(video, "roomAdmin", false),
    bodySha256: claims["sha256"] === undefined ? undefined : text(claims, "sha256"),
  };
}

function publishSources(value: unknown): readonly GrantSource[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return malformed("canPublishSources is no list");
  const known = value.map((entry) => String(entry).toLowerCase()).filter((entry) => SOURCES.includes(entry));
  return value.length === 0 ? undefined : (known as GrantSource[]);
}

function attributes(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(object(value, "attributes"));
  if (entries.some(([, entry]) => typeof entry !== "string")) return malformed("attributes hold more than texts");
  return Object.fromEntries(entries) as Record<string, string>;
}

function object(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return malformed(`${name} is no object`);
  return value as Fields;
}

function text(fields: Fields, name: string): string {
  const value = fields[name] ?? "";
  return typeof value === "string" ? value : malformed(`${name} is no text`);
}

function flag(fields: Fields, name: string, absent: boolean): boolean {
  const value = fields[name] ?? absent;
  return typeof value === "boolean" ? value : malformed(`${name} is no boolean`);
}

function instant(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  return typeof value === "number" && Number.isFinite(value) ? value * MS_PER_SECOND : malformed(`${name} is no time`);
}

function malformed(message: string): never {
  throw new LivekitWireError("token_malformed", message);
}
