import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startHomeserver } from "./homeserver.mjs";
import { startJwtService } from "./jwtService.mjs";
import { obtainLivekit, startLivekit } from "./livekit.mjs";
import { startLivekitCluster } from "./livekitCluster.mjs";
import { obtainRedis } from "./redis.mjs";
import { freePort } from "./runPeer.mjs";
import { obtainSynapse, startSynapse } from "./synapse.mjs";
import { startWebSite } from "./webSite.mjs";

/**
 * Obtains the real peers; the first time takes about four minutes.
 *
 * @returns paths: `python` of Synapse's environment, `livekit`
 * @throws {Skip} where one cannot be had on this machine
 */
export async function obtainPeers(say = () => {}, { withCluster = false } = {}) {
  // One after the other: each keeps the processor busy by itself.
  const python = await obtainSynapse((detail) => say(`Synapse: ${detail}`));
  const livekit = await obtainLivekit((detail) => say(`LiveKit: ${detail}`));
  const redis = withCluster ? await obtainRedis((detail) => say(`Redis: ${detail}`)) : undefined;
  return { python, livekit, redis };
}

/**
 * Obtains and starts Synapse, LiveKit and our authorisation service, on free ports of loopback.
 *
 * @param options `say(detail)`; `withWebApp` also serves our web app, configured for that homeserver;
 *   `withCluster`: two LiveKit nodes with Redis in the place of one; `ours`: names of what is ours in its place,
 *   `homeserver`, `sfu`
 * @returns `homeserverUrl`, `serverName`, `sharedSecret` (of this run only), `livekitUrl`, `metricsUrl` (LiveKit's
 *   Prometheus page), `jwtUrl`, `webAppUrl` (`undefined` if not asked for or not built), `processes` as `{ part, pid }`,
 *   and `close()`, which ends all and removes what they wrote
 * @throws {Skip} where one cannot be had on this machine
 */
export async function startPeerStack({ say, withWebApp = false, withCluster = false, ours = [] } = {}) {
  const programs = await obtainPeers(say, { withCluster });
  const folder = mkdtempSync(join(tmpdir(), "conclave-peers-"));
  const running = [];
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  async function close() {
    // The newest first: nothing is asked of a server that is gone.
    for (const part of running.splice(0).toReversed()) await part.close();
    removeFolder();
    process.off("exit", removeFolder);
  }
  try {
    return { ...(await start({ programs, folder, running, withWebApp, withCluster, ours })), close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

async function start({ programs, folder, running, withWebApp, withCluster, ours }) {
  const keep = (part) => {
    if (part) running.push(part);
    return part;
  };
  const [key, secret, sharedSecret] = [newSecret(8), newSecret(32), newSecret(24)];
  const [port, tlsPort, jwtPort] = [await freePort(), await freePort(), await freePort()];
  const webhookUrl = `http://127.0.0.1:${jwtPort}/sfu_webhook`;
  const livekit = keep(
    withCluster
      ? await startLivekitCluster({ programs, folder, key, secret, webhookUrl })
      : await startLivekit({
          program: ours.includes("sfu") ? undefined : programs.livekit,
          folder,
          key,
          secret,
          webhookUrl,
        }),
  );
  const nodes = livekit.nodes ?? [livekit];
  const startsHomeserver = ours.includes("homeserver") ? startHomeserver : startSynapse;
  const homeserver = keep(
    await startsHomeserver({
      python: programs.python,
      folder,
      port,
      tlsPort,
      serviceUrl: `http://localhost:${jwtPort}`,
      secrets: {
        registration_shared_secret: sharedSecret,
        macaroon_secret_key: newSecret(24),
        form_secret: newSecret(24),
      },
    }),
  );
  const jwtService = keep(await startJwtService({ port: jwtPort, livekit, key, secret, homeserver }));
  const site = withWebApp
    ? keep(await startWebSite({ homeserverUrl: homeserver.url, serverName: homeserver.serverName }))
    : undefined;
  return {
    homeserverUrl: homeserver.url,
    serverName: homeserver.serverName,
    sharedSecret,
    livekitUrl: livekit.url,
    metricsUrl: nodes[0].metricsUrl,
    nodes: nodes.map(({ url, metricsUrl, pid }) => ({ url, metricsUrl, pid })),
    jwtUrl: jwtService.url,
    webAppUrl: site?.url,
    processes: [
      { part: ours.includes("homeserver") ? "homeserver" : "synapse", pid: homeserver.pid },
      { part: ours.includes("sfu") ? "sfu" : "livekit", pid: livekit.pid },
      { part: "jwt-service", pid: jwtService.pid },
    ],
  };
}

function newSecret(lengthBytes) {
  return randomBytes(lengthBytes).toString("hex");
}
