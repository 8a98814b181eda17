import { type AccessGrant, LivekitWireError } from "@conclave/livekit-wire";
import { type ApiKeys, verifyAccessToken } from "@conclave/livekit-wire/verify";

import { SfuError } from "../errors.ts";
import { CORS_HEADERS } from "../signal/cors.ts";
import type { ApiDeps } from "./ApiDeps.ts";
import type { ApiEncoding, ApiMethod } from "./apiMethod.ts";
import { participantMethods } from "./participantMethods.ts";
import { readBody } from "./readBody.ts";
import { roomMethods } from "./roomMethods.ts";
import { TokenBucket } from "../TokenBucket.ts";
import { toTwirpError } from "./twirpErrors.ts";

const MS_PER_SECOND = 1000;
const PATH = /^\/twirp\/livekit\.(\w{1,64})\/(\w{1,64})$/;
const CONTENT_TYPES: Readonly<Record<ApiEncoding, string>> = {
  json: "application/json",
  protobuf: "application/protobuf",
};
/** LiveKit's other services need programs beside the server, which nobody runs here. */
const UNSUPPORTED_SERVICES: ReadonlySet<string> = new Set([
  "AgentDispatchService",
  "CloudAgent",
  "Connector",
  "Egress",
  "Ingress",
  "SIP",
]);
const UNSUPPORTED_METHODS: ReadonlySet<string> = new Set(["ForwardParticipant", "MoveParticipant", "PerformRpc"]);

/** One call as it was answered, for whoever counts them. */
export interface ApiCall {
  readonly service: string;
  readonly method: string;
  readonly status: number;
  /** Empty when it succeeded. */
  readonly code: string;
}

interface Call {
  readonly service: string;
  readonly method: string;
  readonly encoding: ApiEncoding;
}

/**
 * LiveKit's server API over Twirp, in JSON and protobuf. A caller is known before anything of its body is read.
 *
 * @see Twirp wire protocol v7; LiveKit protocol, livekit_room.proto
 */
export class TwirpServer {
  readonly #deps: ApiDeps;
  readonly #keys: ApiKeys;
  readonly #answered: (call: ApiCall) => void;
  readonly #methods: ReadonlyMap<string, ApiMethod>;
  readonly #budgets: ReadonlyMap<string, TokenBucket>;

  constructor(deps: ApiDeps, keys: ApiKeys, answered: (call: ApiCall) => void = () => {}) {
    this.#deps = deps;
    this.#keys = keys;
    this.#answered = answered;
    this.#methods = new Map(Object.entries({ ...roomMethods(deps), ...participantMethods(deps) }));
    const { apiRequestsPerSecond } = deps.limits;
    this.#budgets = new Map(Object.keys(keys).map((key) => [key, new TokenBucket(deps.clock, apiRequestsPerSecond)]));
  }

  async fetch(request: Request): Promise<Response> {
    const [, service = "", method = ""] = PATH.exec(new URL(request.url).pathname) ?? [];
    try {
      const call = { service, method, encoding: encodingOf(request) };
      const response = await this.#answer(request, call);
      this.#report({ service, method, status: response.status, code: "" });
      return response;
    } catch (fault) {
      const { status, code, message } = toTwirpError(fault);
      if (code === "internal") this.#deps.logger.error("API call failed", { service, method, reason: nameOf(fault) });
      this.#report({ service, method, status, code });
      // What was not read of the body must not be taken for the next request.
      const headers = { ...CORS_HEADERS, ...retryAfter(fault) };
      return Response.json({ code, msg: message }, { status, headers });
    }
  }

  async #answer(request: Request, call: Call): Promise<Response> {
    const { service, method, encoding } = call;
    const found = this.#find(request, call);
    const grant = await this.#authenticate(request);
    if (!found) throw new SfuError("api_method_unsupported", `${service}.${method} is not offered here`);
    const isOfServers = grant.canCreateRooms || grant.canListRooms || grant.isRoomAdmin;
    if (!isOfServers) throw new SfuError("api_forbidden", "permissions denied");
    const waitMs = this.#budgets.get(grant.issuer)?.take() ?? 0;
    if (waitMs > 0) throw new TooFast(waitMs);
    const answer = await found.call(grant, await readBody(request, this.#deps.limits.apiBodyBytes), encoding);
    const body = encoding === "json" ? answer.toJsonString() : new Uint8Array(answer.toBinary());
    return new Response(body, { headers: { ...CORS_HEADERS, "content-type": CONTENT_TYPES[encoding] } });
  }

  /** @returns `undefined` for what LiveKit has and we have not */
  #find(request: Request, { service, method }: Call): ApiMethod | undefined {
    if (request.method === "POST") {
      if (UNSUPPORTED_SERVICES.has(service)) return undefined;
      if (service === "RoomService" && UNSUPPORTED_METHODS.has(method)) return undefined;
      const found = service === "RoomService" ? this.#methods.get(method) : undefined;
      if (found) return found;
    }
    throw new SfuError("api_method_unknown", `no handler for ${request.method} of this path`);
  }

  async #authenticate(request: Request): Promise<AccessGrant> {
    const token = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (token === undefined) throw new SfuError("api_forbidden", "permissions denied");
    try {
      return await verifyAccessToken(token, this.#keys, this.#deps.clock.nowMs());
    } catch (cause) {
      if (!(cause instanceof LivekitWireError)) throw cause;
      throw new SfuError("token_refused", "invalid authorization token", { cause });
    }
  }

  #report(call: ApiCall): void {
    this.#deps.logger.debug("API call", { ...call });
    this.#answered(call);
  }
}

/** @throws {SfuError} `api_method_unknown`, as Twirp wants it for other content types */
function encodingOf(request: Request): ApiEncoding {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type === CONTENT_TYPES.json) return "json";
  if (type === CONTENT_TYPES.protobuf) return "protobuf";
  throw new SfuError("api_method_unknown", "the content type is neither application/json nor application/protobuf");
}

class TooFast extends SfuError {
  readonly waitMs: number;

  constructor(waitMs: number) {
    super("api_too_fast", "too many requests", { retryable: true });
    this.waitMs = waitMs;
  }
}

function retryAfter(fault: unknown): Record<string, string> {
  return fault instanceof TooFast ? { "retry-after": String(Math.ceil(fault.waitMs / MS_PER_SECOND)) } : {};
}

function nameOf(fault: unknown): string {
  return fault instanceof Error ? fault.name : typeof fault;
}
