import { Scope, silentLogger, systemClock } from "@conclave/kit";
import { afterEach, describe, expect, it } from "vitest";

import { mediaAddresses } from "./addresses.ts";
import { MediasoupPlane, type PlaneConfig } from "./MediasoupPlane.ts";

const planes: MediasoupPlane[] = [];

async function start(config: Partial<PlaneConfig> = {}): Promise<MediasoupPlane> {
  const plane = await MediasoupPlane.start(
    { clock: systemClock, logger: silentLogger },
    {
      workerBin: process.env["MEDIASOUP_WORKER_BIN"] ?? "",
      mediaHost: "127.0.0.1",
      mediaPort: 0,
      announce: [],
      ...config,
    },
  );
  planes.push(plane);
  return plane;
}

afterEach(async () => {
  for (const plane of planes.splice(0)) await plane.close();
});

describe("MediasoupPlane", () => {
  it("gives clients UDP and TCP candidates on one port, under every announced address", async () => {
    const plane = await start({ announce: ["192.0.2.1", "198.51.100.7"] });
    const room = await plane.createRoom();

    const { candidates } = (await room.createSubscriberTransport()).description;

    expect(new Set(candidates.map(({ protocol, address, port }) => `${protocol} ${address} ${port}`))).toEqual(
      new Set(
        ["udp", "tcp"].flatMap((protocol) =>
          ["192.0.2.1", "198.51.100.7"].map((address) => `${protocol} ${address} ${plane.mediaPort}`),
        ),
      ),
    );
    const [first] = candidates.toSorted((a, b) => b.priority - a.priority);
    expect(first).toMatchObject({ protocol: "udp", address: "192.0.2.1" });
  });

  it("gives clients TCP candidates on another port, or none, as it is told", async () => {
    const { mediaPort: free } = await start();
    await planes.pop()?.close();
    const apart = await (await start({ mediaTcpPort: free })).createRoom();
    const without = await (await start({ mediaTcpPort: 0 })).createRoom();

    const portsOf = async (room: typeof apart, wanted: string): Promise<number[]> => {
      const { candidates } = (await room.createSubscriberTransport()).description;
      return candidates.filter(({ protocol }) => protocol === wanted).map(({ port }) => port);
    };

    expect(await portsOf(apart, "tcp")).toEqual([free]);
    expect(await portsOf(apart, "udp")).not.toEqual([free]);
    expect(await portsOf(without, "tcp")).toEqual([]);
    expect(await portsOf(without, "udp")).toHaveLength(1);
  });

  it("keeps payload types of what it can forward apart", async () => {
    const room = await (await start()).createRoom();

    const types = room.capabilities.codecs.map(({ payloadType }) => payloadType);

    expect(new Set(types).size).toBe(types.length);
    expect(room.capabilities.codecs.map(({ mimeType }) => mimeType)).toContain("video/H264");
  });

  it("starts a new worker on the same port when one dies", async () => {
    const plane = await start();
    const pid = await plane.workerPid();
    const lost = await plane.createRoom();
    const died = new Promise<void>((resolve) => lost.died.on(new Scope(), resolve));

    process.kill(pid, "SIGKILL");
    await died;
    const room = await plane.createRoom();

    expect(await plane.workerPid()).not.toBe(pid);
    const [candidate] = (await room.createPublisherTransport()).description.candidates;
    expect(candidate?.port).toBe(plane.mediaPort);
  });

  it("says with a code that the port is taken or the worker is missing", async () => {
    const { mediaPort } = await start();

    await expect(start({ mediaPort })).rejects.toMatchObject({ code: "media_unavailable" });
    await expect(start({ workerBin: "/nonexistent" })).rejects.toMatchObject({ code: "media_unavailable" });
  });

  it("tells what the worker uses", async () => {
    const usage = await (await start()).usage();

    expect(usage.maxResidentBytes).toBeGreaterThan(1_000_000);
    expect(usage.userMs + usage.systemMs).toBeGreaterThan(0);
  });
});

describe("mediaAddresses", () => {
  it("announces what is configured, else the bound address, else every address of the machine", () => {
    expect(mediaAddresses("0.0.0.0", ["192.0.2.1"])).toEqual([{ ip: "0.0.0.0", announced: ["192.0.2.1"] }]);
    expect(mediaAddresses("127.0.0.1", [])).toEqual([{ ip: "127.0.0.1", announced: ["127.0.0.1"] }]);
    expect(mediaAddresses("0.0.0.0", [])[0]?.announced.at(-1)).toBe("127.0.0.1");
  });

  it("keeps the families of two hosts apart", () => {
    expect(mediaAddresses("0.0.0.0, ::", ["192.0.2.1", "2001:db8::1"])).toEqual([
      { ip: "0.0.0.0", announced: ["192.0.2.1"] },
      { ip: "::", announced: ["2001:db8::1"] },
    ]);
  });
});
