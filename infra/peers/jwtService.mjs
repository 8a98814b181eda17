import { CONCLAVE } from "../bootstrap/paths.mjs";
import { answers, runPeer } from "./runPeer.mjs";

const READY_LIMIT_MS = 30_000;

/**
 * Our authorisation service beside real peers, with lk-jwt-service's variables. It asks the homeserver about its users
 * over TLS like any other; that it is allowed to ask an address of loopback follows from being named as the
 * operator's own, and that it takes the certificate from `NODE_EXTRA_CA_CERTS`.
 *
 * @returns `{ url, pid, close() }`
 */
export async function startJwtService({ port, livekit, key, secret, homeserver }) {
  const peer = await runPeer({
    name: "The authorisation service",
    command: CONCLAVE,
    args: ["jwt-service"],
    env: {
      LIVEKIT_URL: livekit.url,
      LIVEKIT_KEY: key,
      LIVEKIT_SECRET: secret,
      LIVEKIT_FULL_ACCESS_HOMESERVERS: homeserver.serverName,
      // Nobody serves `.well-known/matrix/client` over TLS here; it is where delegated leaves are sent.
      LIVEKIT_CS_API_URL_OVERRIDES: `${homeserver.serverName}=${homeserver.url}`,
      LIVEKIT_JWT_BIND: `127.0.0.1:${port}`,
      LIVEKIT_LOG_LEVEL: "warn",
      NODE_EXTRA_CA_CERTS: homeserver.certificate,
    },
    isReady: () => answers(`http://127.0.0.1:${port}/healthz`),
    limitMs: READY_LIMIT_MS,
  });
  return { ...peer, url: `http://localhost:${port}` };
}
