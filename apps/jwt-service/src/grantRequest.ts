import { z } from "zod";

import { readBoundedText, TextTooLong } from "./boundedText.ts";
import { JwtServiceError } from "./errors.ts";
import type { OpenIdToken } from "./ports.ts";

/** A few hundred bytes are usual; ids are at most 255 bytes each. */
const MAX_BODY_BYTES = 16 * 1024;

// null counts as absent. A wrong type or an unknown field is "not JSON"; an absent one is "bad JSON".
const text = z.string().nullish();
const openIdFields = z
  .strictObject({
    access_token: text,
    token_type: text,
    matrix_server_name: text,
    expires_in: z.number().int().nullish(),
  })
  .nullish();
const delayFields = {
  delay_id: text,
  delay_timeout: z.number().int().nullish(),
  delay_cs_api_url: text,
};

const memberGrantBody = z.strictObject({
  room_id: text,
  slot_id: text,
  openid_token: openIdFields,
  member: z.strictObject({ id: text, claimed_user_id: text, claimed_device_id: text }).nullish(),
  ...delayFields,
});

const deviceGrantBody = z.strictObject({
  room: text,
  openid_token: openIdFields,
  device_id: text,
  ...delayFields,
});

/** What `POST /get_token` asks for. @see MSC4195 */
export interface MemberGrantRequest {
  readonly roomId: string;
  readonly slotId: string;
  readonly memberId: string;
  readonly claimedUserId: string;
  readonly claimedDeviceId: string;
  readonly openIdToken: OpenIdToken;
}

/** What `POST /sfu/get`, the form before MSC4195, asks for. */
export interface DeviceGrantRequest {
  readonly room: string;
  readonly deviceId: string;
  readonly openIdToken: OpenIdToken;
}

/** Reads the body of `POST /get_token`. @throws {JwtServiceError} `not_json`, `bad_json`, `body_too_large` */
export async function parseMemberGrantRequest(request: Request): Promise<MemberGrantRequest> {
  const body = await parseBody(request, memberGrantBody);
  const given = required({
    room_id: body.room_id,
    slot_id: body.slot_id,
    "member.id": body.member?.id,
    "member.claimed_user_id": body.member?.claimed_user_id,
    "member.claimed_device_id": body.member?.claimed_device_id,
    "openid_token.access_token": body.openid_token?.access_token,
    "openid_token.matrix_server_name": body.openid_token?.matrix_server_name,
  });
  refuseDelegation(body);
  return {
    roomId: given.room_id,
    slotId: given.slot_id,
    memberId: given["member.id"],
    claimedUserId: given["member.claimed_user_id"],
    claimedDeviceId: given["member.claimed_device_id"],
    openIdToken: openIdToken(given),
  };
}

/** Reads the body of `POST /sfu/get`. @throws {JwtServiceError} `not_json`, `bad_json`, `body_too_large` */
export async function parseDeviceGrantRequest(request: Request): Promise<DeviceGrantRequest> {
  const body = await parseBody(request, deviceGrantBody);
  const given = required({
    room: body.room,
    "openid_token.access_token": body.openid_token?.access_token,
    "openid_token.matrix_server_name": body.openid_token?.matrix_server_name,
  });
  refuseDelegation(body);
  return { room: given.room, deviceId: body.device_id ?? "", openIdToken: openIdToken(given) };
}

async function parseBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  let json: unknown;
  try {
    json = JSON.parse(await readBoundedText(request, MAX_BODY_BYTES));
  } catch (cause) {
    if (cause instanceof TextTooLong) throw new JwtServiceError("body_too_large", "The request body is too large");
    throw new JwtServiceError("not_json", "Error reading request", { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw new JwtServiceError("not_json", `Error reading request: ${faults.join("; ")}`);
}

function required<Name extends string>(fields: Record<Name, string | null | undefined>): Record<Name, string> {
  const names = Object.keys(fields) as Name[];
  const missing = names.filter((name) => !fields[name]);
  if (missing.length > 0) {
    const list = missing.map((name) => `\`${name}\``).join(", ");
    throw new JwtServiceError("bad_json", `The request body is missing ${list}`);
  }
  return fields as Record<Name, string>;
}

function openIdToken(given: Record<`openid_token.${"access_token" | "matrix_server_name"}`, string>): OpenIdToken {
  return {
    accessToken: given["openid_token.access_token"],
    serverName: given["openid_token.matrix_server_name"],
  };
}

/**
 * A client that hands over its delayed leave would stop to refresh it itself, so accepting and forgetting the
 * hand-over would end its membership. This service does not take over delayed leaves and says so.
 */
function refuseDelegation(body: {
  delay_id?: string | null | undefined;
  delay_timeout?: number | null | undefined;
}): void {
  const hasId = Boolean(body.delay_id);
  const hasTimeout = (body.delay_timeout ?? 0) > 0;
  if (hasId !== hasTimeout) {
    throw new JwtServiceError("bad_json", "`delay_id` and `delay_timeout` must be given together");
  }
  if (hasId) throw new JwtServiceError("bad_json", "This service does not take over delayed leave events");
}
