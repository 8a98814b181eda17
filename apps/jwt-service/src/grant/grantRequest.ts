import { JwtServiceError } from "../errors.ts";
import { TextTooLong } from "../http/boundedText.ts";
import type { Asked } from "../http/exchange.ts";
import { firstJson } from "../http/firstJson.ts";
import { readFields, ShapeFault, type Fields, type Shape } from "../http/readFields.ts";
import type { OpenIdToken } from "../ports.ts";

/** A few hundred bytes are usual; ids are at most 255 bytes each. */
const MAX_BODY_BYTES = 16 * 1024;

const OPEN_ID = {
  access_token: "text",
  token_type: "text",
  matrix_server_name: "text",
  expires_in: "integer",
} as const satisfies Shape;

const DELAY = { delay_id: "text", delay_timeout: "integer", delay_cs_api_url: "text" } as const satisfies Shape;

const MEMBER_BODY = {
  room_id: "text",
  slot_id: "text",
  openid_token: OPEN_ID,
  member: { id: "text", claimed_user_id: "text", claimed_device_id: "text" },
  ...DELAY,
} as const satisfies Shape;

const DEVICE_BODY = { room: "text", device_id: "text", openid_token: OPEN_ID, ...DELAY } as const satisfies Shape;

/** A delayed leave event that a client hands over. */
export interface DelayedLeave {
  /** Opaque, chosen by the homeserver, given by the client: it must never reach a path unescaped. */
  readonly delayId: string;
  /** After how long without a restart the homeserver sends the event. */
  readonly delayMs: number;
}

/** What `POST /get_token` and `POST /delegate_delayed_leave` ask for. @see MSC4195 */
export interface MemberRequest {
  readonly roomId: string;
  readonly slotId: string;
  readonly memberId: string;
  readonly claimedUserId: string;
  readonly claimedDeviceId: string;
  readonly openIdToken: OpenIdToken;
  readonly leave: DelayedLeave | undefined;
}

/** What `POST /sfu/get`, the form before MSC4195, asks for. */
export interface DeviceRequest {
  readonly roomId: string;
  readonly deviceId: string;
  readonly openIdToken: OpenIdToken;
  readonly leave: DelayedLeave | undefined;
}

/** Reads the body of `POST /get_token`. @throws {JwtServiceError} `not_json`, `bad_json`, `body_too_large` */
export async function parseMemberRequest(asked: Asked): Promise<MemberRequest> {
  const body = await parseBody(asked, MEMBER_BODY);
  return { ...memberOf(body), leave: optionalLeave(body) };
}

/** Reads the body of `POST /delegate_delayed_leave`. @throws {JwtServiceError} as above */
export async function parseDelegation(asked: Asked): Promise<MemberRequest & { readonly leave: DelayedLeave }> {
  const body = await parseBody(asked, MEMBER_BODY);
  const member = memberOf(body);
  const leave = (body.delay_timeout ?? 0) > 0 ? optionalLeave(body) : undefined;
  if (!leave) throw new JwtServiceError("bad_json", "The request body is missing `delay_id` or `delay_timeout`");
  return { ...member, leave };
}

/** Reads the body of `POST /sfu/get`. @throws {JwtServiceError} `not_json`, `bad_json`, `body_too_large` */
export async function parseDeviceRequest(asked: Asked): Promise<DeviceRequest> {
  const body = await parseBody(asked, DEVICE_BODY);
  const given = required({ room: body.room, ...openIdFields(body) });
  return {
    roomId: given.room,
    deviceId: body.device_id ?? "",
    openIdToken: openIdToken(given),
    leave: optionalLeave(body),
  };
}

function memberOf(body: Fields<typeof MEMBER_BODY>): Omit<MemberRequest, "leave"> {
  const given = required({
    room_id: body.room_id,
    slot_id: body.slot_id,
    "member.id": body.member?.id,
    "member.claimed_user_id": body.member?.claimed_user_id,
    "member.claimed_device_id": body.member?.claimed_device_id,
    ...openIdFields(body),
  });
  return {
    roomId: given.room_id,
    slotId: given.slot_id,
    memberId: given["member.id"],
    claimedUserId: given["member.claimed_user_id"],
    claimedDeviceId: given["member.claimed_device_id"],
    openIdToken: openIdToken(given),
  };
}

async function parseBody<S extends Shape>(asked: Asked, shape: S): Promise<Fields<S>> {
  try {
    return readFields(shape, firstJson((await asked.body(MAX_BODY_BYTES)).toString("utf8")));
  } catch (fault) {
    if (fault instanceof TextTooLong) throw new JwtServiceError("body_too_large", "The request body is too large");
    // The parser's own message quotes the body, which holds a token.
    const detail = fault instanceof ShapeFault ? fault.message : "no JSON";
    throw new JwtServiceError("not_json", "Error reading request", { detail });
  }
}

type OpenIdField = "openid_token.access_token" | "openid_token.matrix_server_name";

function openIdFields(body: {
  readonly openid_token: Fields<typeof OPEN_ID> | undefined;
}): Record<OpenIdField, string | undefined> {
  return {
    "openid_token.access_token": body.openid_token?.access_token,
    "openid_token.matrix_server_name": body.openid_token?.matrix_server_name,
  };
}

function openIdToken(given: Record<OpenIdField, string>): OpenIdToken {
  return {
    accessToken: given["openid_token.access_token"],
    serverName: given["openid_token.matrix_server_name"],
  };
}

function required<Name extends string>(fields: Record<Name, string | undefined>): Record<Name, string> {
  const missing = (Object.keys(fields) as Name[]).filter((name) => !fields[name]);
  if (missing.length > 0) {
    const list = missing.map((name) => `\`${name}\``).join(", ");
    throw new JwtServiceError("bad_json", `The request body is missing ${list}`);
  }
  return fields as Record<Name, string>;
}

function optionalLeave(body: {
  readonly delay_id: string | undefined;
  readonly delay_timeout: number | undefined;
}): DelayedLeave | undefined {
  const delayMs = Math.max(0, body.delay_timeout ?? 0);
  if (!body.delay_id && delayMs === 0) return undefined;
  if (!body.delay_id || delayMs === 0) {
    throw new JwtServiceError("bad_json", "`delay_id` and `delay_timeout` must be given together");
  }
  // No escape keeps these two from being a step in a path.
  if (body.delay_id === "." || body.delay_id === "..") {
    throw new JwtServiceError("bad_json", "`delay_id` is no id");
  }
  return { delayId: body.delay_id, delayMs };
}
