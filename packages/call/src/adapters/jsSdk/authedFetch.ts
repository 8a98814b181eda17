import { type MatrixClient, Method } from "matrix-js-sdk";

import type { Refusal } from "../http/httpError.ts";
import { refusalOf } from "./sdkError.ts";

const METHODS: ReadonlyMap<string, Method> = new Map(Object.values(Method).map((method) => [method, method]));

/** What {@link authedFetch} needs of a client. */
export interface AuthedHttp {
  readonly http: Pick<MatrixClient["http"], "authedRequest">;
}

/**
 * A `fetch` for addresses below `baseUrl` that goes through the client: its network, its tokens and their renewal. The
 * host's client also learns from it when the account is logged out.
 *
 * Rejects if there is no answer; whatever the homeserver answers is a response.
 */
export function authedFetch(client: AuthedHttp, baseUrl: string): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const [path = "", query = ""] = url.slice(baseUrl.length).split("?", 2);
    try {
      const answer = await client.http.authedRequest<Blob>(
        METHODS.get(init.method ?? "GET") ?? Method.Get,
        path,
        Object.fromEntries(new URLSearchParams(query)),
        init.body ?? undefined,
        {
          baseUrl,
          prefix: "",
          rawResponseBody: true,
          headers: Object.fromEntries(new Headers(init.headers)),
          keepAlive: init.keepalive ?? false,
          ...(init.signal ? { abortSignal: init.signal } : {}),
        },
      );
      return new Response(answer);
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      return toResponse(refusal);
    }
  };
}

const BAD_GATEWAY = 502;

function toResponse({ status, body, retryAfterHeader }: Refusal): Response {
  const isRefusal = status >= 400 && status <= 599;
  return new Response(body === undefined ? "" : JSON.stringify(body), {
    // A redirection that nobody followed, or no HTTP at all.
    status: isRefusal ? status : BAD_GATEWAY,
    headers: retryAfterHeader === null ? {} : { "retry-after": retryAfterHeader },
  });
}
