import { readBoundedBody } from "./boundedText.ts";

/** A request, whatever it came by: Node's own server costs half of what a web `Request` costs. */
export interface Asked {
  readonly method: string;
  /** Without query and without the prefix of a mount. */
  readonly path: string;
  readonly remoteAddress: string;
  /** `name` in lower case. */
  header(name: string): string | undefined;
  /** Reads the body, once. @throws {TextTooLong} */
  body(limitBytes: number): Promise<Buffer>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A web request as one of ours. */
export function askedBy(request: Request, remoteAddress: string): Asked {
  return {
    method: request.method,
    path: new URL(request.url).pathname,
    remoteAddress,
    header: (name) => request.headers.get(name) ?? undefined,
    body: (limitBytes) => readBoundedBody(request, limitBytes),
  };
}

/** Our answer as a web response. */
export function toResponse({ status, headers, body }: Answered): Response {
  return new Response(body === "" ? null : body, { status, headers: { ...headers } });
}
