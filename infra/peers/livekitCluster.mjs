import { mkdirSync } from "node:fs";
import { createServer, createConnection } from "node:net";
import { join } from "node:path";
import { once } from "node:events";

import { startLivekit } from "./livekit.mjs";
import { startRedis } from "./redis.mjs";

const NODES = 2;

/**
 * Starts a LiveKit cluster on loopback: two nodes that know each other through Redis, and in front of them what a load
 * balancer does: connections go to one node after the other, whichever of them has the room.
 *
 * @param options `programs` as `livekit` and `redis`, `folder`, and what every node gets: `key`, `secret`, `webhookUrl`
 * @returns `{ url, nodes, redis, pid, close() }`; `nodes` as `{ url, metricsUrl, pid, connections() }`
 */
export async function startLivekitCluster({ programs, folder, ...options }) {
  const running = [];
  async function close() {
    for (const part of running.splice(0).toReversed()) await part.close();
  }
  try {
    const redis = await startRedis(programs.redis);
    running.push(redis);
    const nodes = [];
    for (let index = 0; index < NODES; index += 1) {
      const own = join(folder, `node-${index}`);
      mkdirSync(own);
      const redisAddress = redis.address;
      const node = await startLivekit({ program: programs.livekit, folder: own, redisAddress, ...options });
      running.push(node);
      nodes.push(node);
    }
    const balancer = await startBalancer(nodes.map(({ url }) => Number(new URL(url).port)));
    running.push(balancer);
    return { url: balancer.url, nodes, redis, pid: nodes[0].pid, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/**
 * Takes each connection to the next of the ports that answers.
 *
 * @returns `{ url, close() }`
 */
export async function startBalancer(ports) {
  let next = 0;
  const open = new Set();
  const server = createServer((client) => {
    open.add(client);
    client.on("close", () => open.delete(client)).on("error", () => client.destroy());
    connectToOne(client, ports.length);
  });
  function connectToOne(client, attempts) {
    const port = ports[next++ % ports.length];
    const node = createConnection(port, "127.0.0.1");
    const retry = () => (attempts > 1 ? connectToOne(client, attempts - 1) : client.destroy());
    node.once("error", retry);
    node.once("connect", () => {
      node.off("error", retry);
      node.on("error", () => client.destroy()).on("close", () => client.destroy());
      client.on("close", () => node.destroy());
      client.pipe(node).pipe(client);
    });
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
