import { isRecord, stringAt } from "../json.ts";

type Json = Record<string, unknown>;
type Answer = Json | Response | Error;

export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: Json;
  readonly token: string | undefined;
}

/** A refusal in the form of the Client-Server API. */
export function refuse(status: number, errcode: string, more: Json = {}): Response {
  return Response.json({ errcode, error: "no", ...more }, { status });
}

/**
 * A homeserver, its authorisation service and its SFU on `http://localhost:1`, in memory, as a `fetch`. Everything works
 * until a test says otherwise through `on`.
 */
export class FakeInstallation {
  readonly url = "http://localhost:1";
  readonly requests: SeenRequest[] = [];
  readonly #overrides: {
    readonly route: string;
    readonly answer: (request: SeenRequest) => Answer | Promise<Answer>;
  }[] = [];
  #made = 0;

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const parsed = typeof init?.body === "string" ? (JSON.parse(init.body) as unknown) : {};
    const request: SeenRequest = {
      method: init?.method ?? "GET",
      url: new URL(input as string),
      body: isRecord(parsed) ? parsed : {},
      token: new Headers(init?.headers).get("authorization")?.replace("Bearer ", ""),
    };
    this.requests.push(request);
    const answer = await this.#answer(request);
    if (answer instanceof Error) throw answer;
    return answer instanceof Response ? answer : Response.json(answer);
  };

  /** `route` is the method and the start of the decoded path, or of the whole URL if elsewhere; the newest wins. */
  on(route: string, answer: (request: SeenRequest) => Answer | Promise<Answer>): void {
    this.#overrides.unshift({ route, answer });
  }

  /** Requests whose route starts so. */
  seen(route: string): readonly SeenRequest[] {
    return this.requests.filter((request) => routeOf(request, this.url).startsWith(route));
  }

  #answer(request: SeenRequest): Answer | Promise<Answer> {
    const route = routeOf(request, this.url);
    const override = this.#overrides.find((one) => route.startsWith(one.route));
    if (override) return override.answer(request);
    const known = this.#routes(request).find(([start]) => route.startsWith(start));
    return known ? known[1]() : refuse(404, "M_UNRECOGNIZED");
  }

  #routes({ body }: SeenRequest): readonly (readonly [string, () => Answer])[] {
    const v3 = "/_matrix/client/v3";
    return [
      ["GET /_matrix/client/versions", () => ({ versions: ["v1.11"] })],
      [`POST ${v3}/register`, () => this.#session(stringAt(body, "username") ?? "guest")],
      [`POST ${v3}/login`, () => this.#session("again")],
      [`POST ${v3}/createRoom`, () => ({ room_id: `!room${++this.#made}:fake` })],
      [`GET ${v3}/directory/room/#known:fake`, () => ({ room_id: "!known:fake" })],
      [`DELETE ${v3}/directory/room/`, () => ({})],
      [`POST ${v3}/user/`, () => ({ access_token: "openid", matrix_server_name: "fake" })],
      [
        "GET /_matrix/client/unstable/org.matrix.msc4143/rtc/transports",
        () => ({ rtc_transports: [this.#transport()] }),
      ],
      ["POST /jwt/sfu/get", () => ({ url: "ws://localhost:1/sfu", jwt: "grant" })],
      ["GET /sfu/rtc/validate", () => new Response("success")],
      [`POST ${v3}/account/deactivate`, () => this.#deactivate(body)],
      [`POST ${v3}/rooms/`, () => ({})],
      [`POST ${v3}/logout`, () => ({})],
    ];
  }

  #transport(): Json {
    return { type: "livekit", livekit_service_url: `${this.url}/jwt` };
  }

  #session(name: string): Json {
    const number = ++this.#made;
    return { user_id: `@${name}:fake`, device_id: `D${number}`, access_token: `token-${number}` };
  }

  #deactivate(body: Json): Answer {
    if (isRecord(body["auth"])) return {};
    return Response.json({ session: "uia", flows: [{ stages: ["m.login.password"] }] }, { status: 401 });
  }
}

function routeOf({ method, url }: SeenRequest, own: string): string {
  const path = decodeURIComponent(url.pathname);
  return `${method} ${url.origin === own ? path : url.origin + path}`;
}
