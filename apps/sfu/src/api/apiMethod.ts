import type { AccessGrant } from "@conclave/livekit-wire";

import { SfuError } from "../errors.ts";

/** How a request is written, and so its answer. */
export type ApiEncoding = "json" | "protobuf";

/** Any protobuf message, as far as an answer needs it. */
export interface ApiMessage {
  toBinary(): Uint8Array;
  toJsonString(): string;
}

interface ApiMessageType<Q> {
  fromBinary(bytes: Uint8Array): Q;
  fromJsonString(text: string, options: { ignoreUnknownFields: boolean }): Q;
}

/** One method of a Twirp service. */
export interface ApiMethod {
  /**
   * @throws {SfuError} `message_malformed`, `api_forbidden`, and what the method itself fails with
   */
  call(grant: AccessGrant, body: Uint8Array, encoding: ApiEncoding): Promise<ApiMessage>;
}

interface Definition<Q> {
  readonly request: ApiMessageType<Q>;
  readonly isAllowed: (grant: AccessGrant, query: Q) => boolean;
  readonly run: (query: Q) => Promise<ApiMessage> | ApiMessage;
}

/** Makes a method out of its parts: read, check, run. */
export function apiMethod<Q>({ request, isAllowed, run }: Definition<Q>): ApiMethod {
  return {
    async call(grant, body, encoding) {
      const query = decode(request, body, encoding);
      if (!isAllowed(grant, query)) throw new SfuError("api_forbidden", "permissions denied");
      return run(query);
    },
  };
}

function decode<Q>(type: ApiMessageType<Q>, body: Uint8Array, encoding: ApiEncoding): Q {
  try {
    if (encoding === "protobuf") return type.fromBinary(body);
    // Twirp takes an empty body for an empty message.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body) || "{}";
    return type.fromJsonString(text, { ignoreUnknownFields: true });
  } catch {
    // Not kept as a cause: it quotes the body.
    throw new SfuError("message_malformed", "the body is not a request of this method");
  }
}
