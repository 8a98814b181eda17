import { randomBytes } from "node:crypto";

import { silentLogger, systemClock } from "@conclave/kit";

import { assembleSfu } from "../src/createSfu.ts";
import { MediasoupPlane, type PlaneConfig } from "../src/media/mediasoup/MediasoupPlane.ts";
import { API_KEYS, serveSfu } from "../src/testing/serveSfu.ts";
import type { ContractServer } from "./ContractServer.ts";

const API_KEY = "devkey";

/** Our SFU with its real media workers. */
export interface OwnServer extends ContractServer {
  /** Process of a media worker. */
  workerPid(index?: number): Promise<number>;
  /** Streams that each worker sends now. */
  loads(): readonly number[];
  close(): Promise<void>;
}

/** Our SFU on free ports of loopback, with one worker unless `config` says otherwise. */
export async function serveOwn(config: Partial<PlaneConfig> = {}): Promise<OwnServer> {
  const deps = {
    clock: systemClock,
    logger: silentLogger,
    randomBytes: (lengthBytes: number) => randomBytes(lengthBytes),
  };
  const plane = await MediasoupPlane.start(deps, {
    mediaPort: 0,
    mediaHost: "127.0.0.1",
    announce: [],
    workerBin: process.env["MEDIASOUP_WORKER_BIN"] ?? "",
    ...config,
  });
  const served = await serveSfu(assembleSfu(deps, { apiKeys: API_KEYS, autoCreateRooms: true }, plane));
  return {
    url: served.url,
    apiKey: API_KEY,
    apiSecret: API_KEYS[API_KEY] ?? "",
    workerPid: (index) => plane.workerPid(index),
    loads: () => plane.loads,
    close: () => served.close(),
  };
}
