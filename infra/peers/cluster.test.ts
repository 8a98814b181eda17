import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";

import { afterEach, describe, expect, it } from "vitest";

import { livekitConfig } from "./livekit.mjs";
import { startBalancer } from "./livekitCluster.mjs";

const TIMEOUT_MS = 30_000;
const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

/** A node that says its name and nothing else. */
async function startNode(name: string): Promise<number> {
  const node: Server = createServer((socket) => void socket.on("error", () => {}).end(name)).listen(0, "127.0.0.1");
  await once(node, "listening");
  running.push(node);
  return (node.address() as AddressInfo).port;
}

async function ask({ url }: { readonly url: string }): Promise<string> {
  return text(connect(Number(new URL(url).port), "127.0.0.1"));
}

describe("a LiveKit cluster", () => {
  it(
    "takes connections to one node after the other, and to those that are left",
    async () => {
      const first = await startNode("first");
      const balancer = await startBalancer([first, await startNode("second")]);
      running.push(balancer);

      expect([await ask(balancer), await ask(balancer), await ask(balancer)]).toEqual(["first", "second", "first"]);
      running.pop();
      await balancer.close();
      const gone = await startNode("gone");
      running.pop()?.close();
      const halved = await startBalancer([gone, first]);
      running.push(halved);

      expect([await ask(halved), await ask(halved)]).toEqual(["first", "first"]);
    },
    TIMEOUT_MS,
  );

  it("is told to LiveKit by the address of Redis", () => {
    const config = livekitConfig({ port: 1, udpPort: 2, metricsPort: 3, key: "k", secret: "s", redisAddress: "h:6" });

    expect(config.redis).toEqual({ address: "h:6" });
  });
});
