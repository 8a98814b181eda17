import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";

import { CONCLAVE } from "../bootstrap/paths.mjs";
import { makeCertificate } from "./makeCertificate.mjs";
import { answers, runPeer } from "./runPeer.mjs";

const READY_LIMIT_MS = 30_000;
/** All that an authorisation service asks of a homeserver as one server asks another. */
const USER_INFO = "/_matrix/federation/v1/openid/userinfo";

/**
 * Our homeserver in Synapse's place. The authorisation service asks over TLS, which ours leaves to a reverse proxy: one
 * that passes on that one question stands before it.
 *
 * @param options as of `startSynapse`, without secrets
 * @returns as `startSynapse`
 */
export async function startHomeserver({ python, folder, port, tlsPort, serviceUrl }) {
  const [url, serverName] = [`http://localhost:${port}`, `localhost:${tlsPort}`];
  const tls = await makeCertificate(python, folder);
  const peer = await runPeer({
    name: "Our homeserver",
    command: CONCLAVE,
    args: ["homeserver"],
    env: {
      HOMESERVER_NAME: serverName,
      HOMESERVER_PUBLIC_URL: url,
      HOMESERVER_DATABASE: join(folder, "homeserver.sqlite"),
      HOMESERVER_LIVEKIT_SERVICE_URLS: serviceUrl,
      HOMESERVER_PORT: String(port),
      HOMESERVER_LOG_LEVEL: "warn",
    },
    isReady: () => answers(`http://127.0.0.1:${port}/_matrix/client/versions`),
    limitMs: READY_LIMIT_MS,
  });
  const front = await startTlsFront({ tls, tlsPort, port });
  async function close() {
    front.closeAllConnections();
    front.close();
    await peer.close();
  }
  return { ...peer, close, url, serverName, certificate: tls.certificate };
}

async function startTlsFront({ tls, tlsPort, port }) {
  const [key, cert] = [tls.key, tls.certificate].map((path) => readFileSync(path));
  const front = createServer({ key, cert }, (request, response) => {
    answerUserInfo(request, port).then(
      ({ status, text = "" }) => response.writeHead(status, { "content-type": "application/json" }).end(text),
      () => response.writeHead(502).end(),
    );
  });
  await once(front.listen(tlsPort, "127.0.0.1"), "listening");
  return front;
}

async function answerUserInfo({ url = "" }, port) {
  if (!url.startsWith(`${USER_INFO}?`)) return { status: 404 };
  const answer = await fetch(`http://127.0.0.1:${port}${url}`);
  return { status: answer.status, text: await answer.text() };
}
