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
 * @returns its text; `undefined` if it is larger, or broke off
 */
export async function readBody(request: Request, maxBytes: number): Promise<string | undefined> {
  if (request.method === "GET" || request.method === "HEAD") return "";
  const length = request.headers.get("Content-Length");
  if (Number(length ?? 0) > maxBytes) return undefined;
  try {
    // With a length, which HTTP holds the client to, the text is had for less than by way of a stream.
    if (length !== null) return await request.text();
    return request.body === null ? "" : await readUpTo(request.body, maxBytes);
  } catch {
    // The client hung up: there is nobody to answer, and nothing to act upon.
    return undefined;
  }
}

async function readUpTo(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export function tooLarge(maxBytes: number): Response {
  const error = { errcode: "M_TOO_LARGE", error: `The body has more than ${maxBytes} bytes` };
  return Response.json(error, { status: 413 });
}

/** What the endpoint at this path accepts. */
export function maxBodyBytes(path: string, limits: HomeserverLimits): number {
  return LARGE.test(path) ? limits.maxLargeBodyBytes : limits.maxBodyBytes;
}
