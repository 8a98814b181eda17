import { identityHash3 } from "@conclave/livekit-wire";

/** A request that the fake authorisation service has seen. */
export interface TokenServiceRequest {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const TOKEN_LIFETIME_SECONDS = 3_600;

/**
 * An authorisation service behind a `fetch`: answers `/sfu/get` and `/get_token` with unsigned tokens that hold the
 * right claims, takes delayed leaves without doing anything for them, and can refuse, fail, hang or lack a route.
 */
export class FakeTokenService {
  readonly serviceUrl: string;
  readonly requests: TokenServiceRequest[] = [];
  /** Status that the next answers have instead of 200. */
  failWith: number | undefined;
  isUnreachable = false;
  /** What it answers instead of a grant. */
  answerWith: string | undefined;
  /** Whether it takes delayed leaves. */
  takesLeaves = true;
  readonly missingRoutes: Set<string> = new Set();
  readonly #nowMs: () => number;

  constructor(serviceUrl: string, nowMs: () => number) {
    this.serviceUrl = serviceUrl;
    this.#nowMs = nowMs;
  }

  /** Where its SFU is. */
  get sfuUrl(): string {
    return `${this.serviceUrl.replace(/^http/, "ws")}/sfu`;
  }

  /** The `fetch` of one account: the service would ask the homeserver whose the OpenID token is. */
  fetchAs(userId: string): typeof globalThis.fetch {
    return (input, init) => {
      const url = input instanceof Request ? input.url : input.toString();
      if (this.isUnreachable) return Promise.reject(new TypeError("fetch failed"));
      const path = url.slice(this.serviceUrl.length);
      const body = JSON.parse(typeof init?.body === "string" ? init.body : "{}") as Record<string, unknown>;
      this.requests.push({ path, body });
      return this.#answer(path, userId, body);
    };
  }

  async #answer(path: string, userId: string, body: Readonly<Record<string, unknown>>): Promise<Response> {
    if (this.missingRoutes.has(path)) return new Response("404 page not found", { status: 404 });
    if (this.failWith !== undefined) return Response.json({ errcode: "M_UNKNOWN" }, { status: this.failWith });
    if (this.answerWith !== undefined) return new Response(this.answerWith);
    if (body["delay_id"] !== undefined && !this.takesLeaves)
      return Response.json({ errcode: "M_BAD_JSON" }, { status: 400 });
    if (path === "/delegate_delayed_leave") return Response.json({});
    const { id, claimed_device_id: deviceId } = (body["member"] ?? {}) as Readonly<Record<string, string>>;
    const identity =
      path === "/sfu/get"
        ? `${userId}:${String(body["device_id"])}`
        : await identityHash3(userId, deviceId ?? "", id ?? "");
    return Response.json({ url: this.sfuUrl, jwt: this.#mint(identity, String(body["room"] ?? body["room_id"])) });
  }

  #mint(identity: string, room: string): string {
    const nowSeconds = Math.floor(this.#nowMs() / 1_000);
    const claims = {
      iss: "devkey",
      sub: identity,
      nbf: nowSeconds,
      exp: nowSeconds + TOKEN_LIFETIME_SECONDS,
      video: { room, roomJoin: true, canPublish: true, canSubscribe: true },
    };
    return ["{}", JSON.stringify(claims)].map(segment).concat("marked-signature").join(".");
  }
}

function segment(text: string): string {
  return btoa(text).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
}
