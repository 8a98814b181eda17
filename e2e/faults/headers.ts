import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";

/** They are about one connection, and there are two. @see RFC 9110 §7.6.1 */
const OF_ONE_CONNECTION = ["connection", "keep-alive", "transfer-encoding", "proxy-connection"];

/** Headers to pass on, the `Host` included: whoever is asked answers with the origin that the client used. */
export function headersOf(message: IncomingMessage): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...message.headers };
  for (const name of OF_ONE_CONNECTION) delete headers[name];
  return headers;
}

/** The same headers for another body. */
export function headersFor(message: IncomingMessage, body: Buffer): OutgoingHttpHeaders {
  return { ...headersOf(message), "content-length": body.length };
}
