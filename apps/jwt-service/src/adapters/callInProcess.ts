import { readBoundedBody } from "../http/boundedText.ts";
import { timeLeftMs } from "./deadline.ts";
import type { HttpCall } from "./httpCall.ts";

/** Calls a server that is part of this program, as a function of a request, instead of over loopback. */
export function callInProcess(fetchLike: (request: Request) => Promise<Response>): HttpCall {
  return async ({ method, url, headers, body, limitBytes, deadline }) => {
    const signal = AbortSignal.timeout(Math.ceil(timeLeftMs(deadline)));
    const init = { method, headers: headers ?? {}, signal, ...(body ? { body: Buffer.from(body) } : {}) };
    const response = await fetchLike(new Request(url, init));
    return { status: response.status, headers: response.headers, body: await readBoundedBody(response, limitBytes) };
  };
}
