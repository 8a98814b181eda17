import { describe, expect, it } from "vitest";

import { environmentSchema, readConfig, usageText } from "./config.ts";
import type { SfuError } from "./errors.ts";

const SECRET = "s".repeat(32);
const GOOD = { SFU_API_KEYS: `devkey:${SECRET}`, SFU_WORKER_BIN: "/opt/mediasoup-worker" };

function faultOf(environment: Record<string, string>): SfuError | undefined {
  try {
    readConfig(environment);
    return undefined;
  } catch (fault) {
    return fault as SfuError;
  }
}

describe("readConfig", () => {
  it("needs only keys and a worker", () => {
    expect(readConfig(GOOD)).toEqual({
      http: { host: "127.0.0.1", port: 7880 },
      sfu: {
        apiKeys: { devkey: SECRET },
        mediaPort: 7882,
        mediaHost: "127.0.0.1",
        announce: [],
        workerBin: "/opt/mediasoup-worker",
        autoCreateRooms: true,
      },
    });
  });

  it("reads several keys and addresses", () => {
    const { sfu } = readConfig({
      ...GOOD,
      SFU_API_KEYS: `a:${SECRET}, b:${SECRET}`,
      SFU_ANNOUNCE: "192.0.2.1, 198.51.100.7",
      SFU_AUTO_CREATE_ROOMS: "false",
    });

    expect(Object.keys(sfu.apiKeys)).toEqual(["a", "b"]);
    expect(sfu.announce).toEqual(["192.0.2.1", "198.51.100.7"]);
    expect(sfu.autoCreateRooms).toBe(false);
  });

  it("names every fault at once, and no secret", () => {
    const fault = faultOf({ SFU_API_KEYS: "devkey:tooshort", SFU_HTTP_PORT: "many", SFU_AUTO_CREATE_ROOMS: "perhaps" });

    expect(fault?.code).toBe("config_invalid");
    for (const name of ["SFU_API_KEYS", "SFU_WORKER_BIN", "SFU_HTTP_PORT", "SFU_AUTO_CREATE_ROOMS"]) {
      expect(fault?.message).toContain(name);
    }
    expect(fault?.message).not.toContain("tooshort");
  });

  it("explains each setting in the help", () => {
    for (const name of Object.keys(environmentSchema.shape)) expect(usageText()).toMatch(new RegExp(`${name} +\\S+`));
  });
});
