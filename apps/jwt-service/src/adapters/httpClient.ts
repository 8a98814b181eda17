import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import { isIP, type LookupFunction } from "node:net";

import { readMessage, TextTooLong } from "../http/boundedText.ts";
import { timeLeftMs } from "./deadline.ts";
import { NetworkFault, type HttpAnswer, type HttpCall, type HttpRequest, type NetworkFaultReason } from "./httpCall.ts";

/** Connections to one host; more requests wait for one. */
const MAX_SOCKETS_PER_HOST = 64;
const MAX_SOCKETS = 512;
const MAX_IDLE_SOCKETS = 32;
const IDLE_SOCKET_MS = 30_000;

/** Where connections may go, and how it is found out. */
export interface Reach {
  /** All addresses of a host name. */
  addressesOf(host: string): Promise<readonly string[]>;
  /** Whether that address may be connected to. */
  mayConnect(address: string): boolean;
}

export interface HttpClient {
  readonly call: HttpCall;
  /** Closes idle connections. */
  close(): void;
}

/**
 * An HTTP client whose every connection goes to an address that was checked: a name is resolved once, its addresses are
 * checked, and exactly those are connected to, so that no second answer of the resolver can differ.
 */
export function createHttpClient(reach: Reach, { isTlsChecked }: { readonly isTlsChecked: boolean }): HttpClient {
  const shared = {
    keepAlive: true,
    maxSockets: MAX_SOCKETS_PER_HOST,
    maxTotalSockets: MAX_SOCKETS,
    maxFreeSockets: MAX_IDLE_SOCKETS,
    timeout: IDLE_SOCKET_MS,
    scheduling: "lifo",
    lookup: pinnedLookup(reach),
  } as const;
  const agents = {
    http: new HttpAgent(shared),
    https: new HttpsAgent({ ...shared, rejectUnauthorized: isTlsChecked }),
  };

  async function call(request: HttpRequest): Promise<HttpAnswer> {
    const { host, options } = optionsOf(request, agents);
    // Literals are not looked up, so they are checked here.
    if (isIP(host) !== 0 && !reach.mayConnect(host)) throw new NetworkFault("address_denied");
    try {
      return await send(request, options);
    } catch (fault) {
      // The server closed an idle connection just as it was used again: that request was not seen.
      if (fault instanceof IdleConnectionClosed) return await send(request, options).catch(rethrow);
      throw toNetworkFault(fault);
    }
  }

  return {
    call,
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

class IdleConnectionClosed extends Error {}

function rethrow(fault: unknown): never {
  throw toNetworkFault(fault);
}

function optionsOf(
  { url, method, headers, body, connectTo }: HttpRequest,
  agents: { readonly http: HttpAgent; readonly https: HttpsAgent },
): { readonly host: string; readonly options: RequestOptions } {
  const isSecure = url.protocol === "https:";
  const urlHost = url.hostname.replace(/^\[|\]$/g, "");
  const host = connectTo?.host ?? urlHost;
  const port = connectTo?.port ?? (url.port === "" ? undefined : Number(url.port));
  return {
    host,
    options: {
      agent: isSecure ? agents.https : agents.http,
      protocol: url.protocol,
      method,
      host,
      ...(port === undefined ? {} : { port }),
      path: url.pathname + url.search,
      // Literals have no name to send.
      ...(isSecure ? { servername: isIP(urlHost) === 0 ? urlHost : "" } : {}),
      headers: {
        host: url.host,
        accept: "application/json",
        "user-agent": "conclave-jwt-service",
        ...(body ? { "content-length": body.byteLength } : {}),
        ...headers,
      },
    },
  };
}

function send({ body, deadline, limitBytes }: HttpRequest, options: RequestOptions): Promise<HttpAnswer> {
  const request: ClientRequest = (options.protocol === "https:" ? httpsRequest : httpRequest)(options);
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<HttpAnswer>((resolve, reject) => {
    timer = setTimeout(() => {
      reject(new NetworkFault("timed_out"));
      request.destroy();
    }, timeLeftMs(deadline));
    request.on("error", (fault: NodeJS.ErrnoException) => {
      reject(request.reusedSocket && fault.code === "ECONNRESET" ? new IdleConnectionClosed() : fault);
    });
    request.on("response", (response) => {
      read(response, limitBytes).then(resolve, (fault: unknown) => {
        request.destroy();
        reject(fault);
      });
    });
    // As a text it goes out with the head in one write.
    if (body) request.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1"), "latin1");
    else request.end();
  });
  return answer.finally(() => clearTimeout(timer));
}

async function read(response: IncomingMessage, limitBytes: number): Promise<HttpAnswer> {
  const body = await readMessage(response, limitBytes);
  return {
    status: response.statusCode ?? 0,
    headers: {
      get: (name) => {
        const value = response.headers[name];
        return (Array.isArray(value) ? value[0] : value) ?? null;
      },
    },
    body,
  };
}

/** Resolves once, checks all, hands out only what was checked. One internal address spoils the name. */
function pinnedLookup(reach: Reach): LookupFunction {
  return (host, options, callback) => {
    void (async () => {
      const addresses = await reach.addressesOf(host).catch((): readonly string[] => []);
      const [first] = addresses;
      if (first === undefined) callback(new NetworkFault("name_unknown"), []);
      else if (!addresses.every((address) => reach.mayConnect(address)))
        callback(new NetworkFault("address_denied"), []);
      else if (options.all)
        callback(
          null,
          addresses.map((address) => ({ address, family: isIP(address) })),
        );
      else callback(null, first, isIP(first));
    })();
  };
}

function toNetworkFault(fault: unknown): NetworkFault {
  if (fault instanceof NetworkFault) return fault;
  if (fault instanceof TextTooLong) return new NetworkFault("answer_too_long");
  return new NetworkFault(reasonOf(fault), { cause: fault });
}

function reasonOf(fault: unknown): NetworkFaultReason {
  const { code } = fault instanceof Error ? (fault as NodeJS.ErrnoException) : { code: undefined };
  if (code === undefined) return "unreachable";
  if (code === "ENOTFOUND" || code === "ENODATA") return "name_unknown";
  if (/CERT|TLS|SSL|SIGNATURE|ISSUER/.test(code)) return "tls_refused";
  return "unreachable";
}
