import type { Logger } from "@conclave/kit";
import { Redis } from "ioredis";

import type { JobStore } from "../leave/ports.ts";
import { fieldOf, JOBS_HASH, tryStoredJob, writeStoredJob } from "../leave/storedForm.ts";

/** A token request waits for this at most. */
const COMMAND_TIMEOUT_MS = 1000;
const CONNECT_TIMEOUT_MS = 5000;
const LONGEST_RECONNECT_WAIT_MS = 2000;

export interface RedisStoreOptions {
  readonly url: string;
  /** Called whenever the connection is there again: what was written meanwhile is missing. */
  readonly onReconnected: () => void;
}

/**
 * Opens the job store in Redis. Only PING, HSET, HDEL and HGETALL are needed; whatever else the client library sends may
 * be refused.
 *
 * @throws if Redis cannot be reached now; later it is reconnected to for ever
 */
export async function openRedisJobStore(logger: Logger, options: RedisStoreOptions): Promise<JobStore> {
  let isOpen = false;
  const redis = new Redis(options.url, {
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    disableClientInfo: true,
    retryStrategy: (tries) => (isOpen ? Math.min(LONGEST_RECONNECT_WAIT_MS, 50 * 2 ** Math.min(tries, 10)) : null),
  });
  // Without a listener the library would write the fault, and the address with it, to standard error.
  redis.on("error", (fault: Error) => logger.warn("redis", { cause: fault.message }));
  await redis.connect();
  await redis.ping();
  isOpen = true;
  redis.on("ready", options.onReconnected);
  return {
    async load() {
      const entries = Object.values(await redis.hgetall(JOBS_HASH));
      const jobs = entries.map(tryStoredJob).filter((job) => job !== undefined);
      if (jobs.length < entries.length) logger.warn("unreadable jobs in redis", { jobs: entries.length - jobs.length });
      return jobs;
    },
    save: async (job) => void (await redis.hset(JOBS_HASH, fieldOf(job), writeStoredJob(job))),
    remove: async (place) => void (await redis.hdel(JOBS_HASH, fieldOf(place))),
    close: () => {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
