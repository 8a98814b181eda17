/** Where a request was sent to, as its sender sees it. */
export interface Origin {
  /** `http` or `https` origin without trailing slash. */
  readonly http: string;
  /** The same for WebSockets. */
  readonly ws: string;
}

const MAX_HOST_LENGTH = 255;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** The origin of an `http` or `https` URL. */
export function originOf(url: string): Origin {
  const { origin } = new URL(url);
  return { http: origin, ws: origin.replace(/^http/, "ws") };
}

/**
 * The origin that a request was made to, from its `Host` and, behind a proxy, `X-Forwarded-Proto`; `fallback` if
 * the header is absent or is not a host. It only ever goes back to the one who sent it.
 */
export function requestOrigin(headers: Headers, fallback: Origin): Origin {
  const host = headers.get("host") ?? "";
  if (host.length > MAX_HOST_LENGTH || !HOST.test(host)) return fallback;
  const isSecure = headers.get("x-forwarded-proto")?.split(",")[0]?.trim() === "https";
  const url = `${isSecure ? "https" : "http"}://${host}`;
  return URL.canParse(url) ? originOf(url) : fallback;
}

/**
 * Replaces our own origin in a JSON answer by the one that the client used, so that an installation without a
 * configured URL works under every name by which it is reached.
 */
export async function withOrigin(response: Response, own: Origin, asked: Origin): Promise<Response> {
  if (own.http === asked.http || !response.headers.get("content-type")?.includes("json")) return response;
  const body = (await response.text()).replaceAll(own.http, asked.http).replaceAll(own.ws, asked.ws);
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return new Response(body, { status: response.status, headers });
}
