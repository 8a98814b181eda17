import type { HomeserverLimits } from "../config.ts";

const CORS_HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "X-Requested-With, Content-Type, Authorization",
  "Access-Control-Expose-Headers": "Retry-After",
  // Preflights of other origins are about a third of a call's round trips when they are not remembered.
  "Access-Control-Max-Age": "86400",
};

/** Lets pages of every origin read the answer, as Matrix asks. */
export function withCors(response: Response): Response {
  for (const [name, value] of Object.entries(CORS_HEADERS)) response.headers.set(name, value);
  return response;
}

/** Endpoints with one part per device or key. */
const LARGE = /^\/_matrix\/client\/[^/]+\/(keys\/|sendToDevice\/)/;

/**
 * Reads the body up to the limit of its endpoint.
 *
 * @returns the request with its body in memory, or the refusal
 */
export async function boundBody(request: Request, limits: HomeserverLimits): Promise<Request | Response> {
  if (request.method === "GET" || request.method === "HEAD" || request.body === null) return request;
  const { pathname } = new URL(request.url);
  const maxBytes = LARGE.test(pathname) ? limits.maxLargeBodyBytes : limits.maxBodyBytes;
  const declared = Number(request.headers.get("Content-Length") ?? 0);
  const body = declared > maxBytes ? undefined : await readUpTo(request.body, maxBytes);
  if (body === undefined) {
    const error = { errcode: "M_TOO_LARGE", error: `The body has more than ${maxBytes} bytes` };
    return Response.json(error, { status: 413 });
  }
  const { method, headers, signal, url } = request;
  return new Request(url, { method, headers, signal, body });
}

async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
