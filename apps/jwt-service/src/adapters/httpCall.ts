import type { Deadline } from "./deadline.ts";

/** One HTTP request with its bounds. Redirects are never followed. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Longest body that is read. */
  readonly limitBytes: number;
  /** When the answer must be there, whole. */
  readonly deadline: Deadline;
  /** Where to connect, if that is not what the URL says; the certificate must be for the URL's host still. */
  readonly connectTo?: { readonly host: string; readonly port: number };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: Buffer;
}

/** Sends a request, over the network or in process. @throws {NetworkFault} */
export type HttpCall = (request: HttpRequest) => Promise<HttpAnswer>;

export type NetworkFaultReason =
  | "address_denied"
  | "name_unknown"
  | "unreachable"
  | "tls_refused"
  | "timed_out"
  | "answer_too_long";

/** No answer, or one that is not read. The message names no address: it may be somebody's internal one. */
export class NetworkFault extends Error {
  override readonly name = "NetworkFault";
  readonly reason: NetworkFaultReason;

  constructor(reason: NetworkFaultReason, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}
