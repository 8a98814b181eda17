import { describe, expect, it } from "vitest";

import { fieldOf, tryStoredJob, writeStoredJob } from "./storedForm.ts";

const JOB = {
  room: "r/o+m",
  identity: "@alice&<co>:example.com:DEVICE",
  serverName: "example.com",
  delayId: "delay",
  delayMs: 3_600_000,
  restartedAtMs: Date.UTC(2026, 6, 1, 12, 0, 0, 250),
};

describe("storedForm", () => {
  it("names fields byte by byte as lk-jwt-service does", () => {
    expect(fieldOf(JOB)).toBe('["r/o+m","@alice\\u0026\\u003cco\\u003e:example.com:DEVICE"]');
  });

  it("writes what it reads", () => {
    expect(tryStoredJob(writeStoredJob(JOB))).toEqual(JOB);
  });

  it("reads nanoseconds and an offset, as Go writes them", () => {
    const value =
      '{"Params":{"DelayId":"delay","DelayTimeout":1500000000,"ServerName":"example.com","LiveKitRoom":"r","LiveKitIdentity":"i"},"RestartedAt":"2026-07-01T14:00:00.250123456+02:00"}';

    expect(tryStoredJob(value)).toEqual({ ...JOB, room: "r", identity: "i", delayMs: 1500 });
  });

  it.each(["", "null", "[]", "{}", '{"Params":{"DelayId":1}}', writeStoredJob({ ...JOB, delayMs: 0 })])(
    "skips what cannot be read: %s",
    (value) => {
      expect(tryStoredJob(value)).toBeUndefined();
    },
  );
});
