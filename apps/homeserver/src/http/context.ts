import type { Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as z from "zod";

import type { Core } from "../Core.ts";
import { badJson, forbidden, invalidParam, MatrixError, unknownToken } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { Session } from "../store/AccountStore.ts";

/** What comes with a request besides the request. */
export interface Bindings {
  readonly remoteAddress: string;
  /** The body's text, already within its limit. */
  readonly body: string;
}

export type App = Hono<{ Bindings: Bindings }>;
export type Ctx<Path extends string = string> = Context<{ Bindings: Bindings }, Path>;

export const CLIENT = "/_matrix/client";
export const V3 = `${CLIENT}/v3`;

/**
 * Finds out who asks.
 *
 * @throws {MatrixError} 401 `M_MISSING_TOKEN` or `M_UNKNOWN_TOKEN`
 */
export function authenticate(core: Core, c: Ctx): Session {
  const token = bearerToken(c);
  if (token === undefined) throw new MatrixError(401, "M_MISSING_TOKEN", "Missing access token");
  const state = core.tokens.stateOf(token, core.clock.nowMs());
  if (!state || state.isExpired) throw unknownToken(state?.isExpired);
  const { session } = state;
  const nowMs = core.clock.nowMs();
  core.accounts.seen(session, c.env.remoteAddress, nowMs);
  core.delayed.heard(session.userId, nowMs);
  return session;
}

/** @throws {MatrixError} `M_FORBIDDEN` if the path names another user than the token */
export function ownUser(core: Core, c: Ctx, userId: string): string {
  const session = authenticate(core, c);
  if (session.userId !== userId) throw forbidden("That is another user");
  return userId;
}

export function bearerToken(c: Ctx): string | undefined {
  return /^Bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
}

/**
 * Checks a JSON body.
 *
 * @throws {MatrixError} `M_NOT_JSON`, or `M_BAD_JSON` that names every fault with its path
 */
export function readJson<Schema extends z.ZodType>(c: Ctx, schema: Schema): z.output<Schema> {
  const text = c.env.body;
  let value: unknown;
  try {
    // Some clients send no body at all where an empty object is meant.
    value = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new MatrixError(400, "M_NOT_JSON", "The body is not JSON");
  }
  const result = schema.safeParse(value);
  if (!result.success) throw badJson(z.prettifyError(result.error));
  return result.data;
}

/** Any JSON object: contents of events and account data. */
export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.unknown());

/** A user id by its form; whether it exists is another question. */
export const userId: z.ZodString = z
  .string()
  .max(255)
  .regex(/^@[^\0:]*:.+$/, "must be a user id");

/** A whole number in the query. */
export function queryInteger(c: Ctx, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalidParam(`${name} must be a whole number`);
  return Number(text);
}

/** Formats a refusal. */
export function errorResponse(c: Ctx, error: MatrixError): Response {
  const retryAfterMs = error.fields["retry_after_ms"];
  if (typeof retryAfterMs === "number") c.header("Retry-After", String(Math.ceil(retryAfterMs / 1_000)));
  return c.json({ errcode: error.code, error: error.message, ...error.fields }, error.status as ContentfulStatusCode);
}
