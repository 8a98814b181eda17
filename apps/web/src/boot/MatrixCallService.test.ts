import type { MatrixSession } from "@conclave/call";
import { Scope, silentLogger } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";
import { beforeEach, describe, expect, it } from "vitest";

import { toProblem } from "../problems/Problem.ts";
import { MatrixCallService } from "./MatrixCallService.ts";

let created: object[];
let opened: number;
let failure: MatrixRtcError | undefined;
let service: MatrixCallService;

beforeEach(() => {
  created = [];
  opened = 0;
  failure = undefined;
  service = new MatrixCallService({
    openSession,
    createDeps: () => {
      throw new Error("No room was opened");
    },
    loadJoinCall: () => Promise.reject(new Error("Nobody joined")),
    fallbackServiceUrl: undefined,
    wishes: {},
    logger: silentLogger,
  });
});

describe("the account", () => {
  it("is opened once for everything that is done", async () => {
    await service.createRoom("abcd-efgh-jkm", "Family");
    await service.createRoom("abcd-efgh-jkn", "");

    expect(opened).toBe(1);
    expect(created).toEqual([{ linkId: "abcd-efgh-jkm", name: "Family" }, { linkId: "abcd-efgh-jkn" }]);
  });

  it("is asked for again after the homeserver could not be reached", async () => {
    failure = new MatrixRtcError("homeserver_unreachable", "offline", { retryable: true });
    const first = service.createRoom("abcd-efgh-jkm", "");
    await expect(first).rejects.toBe(failure);

    failure = undefined;
    await service.createRoom("abcd-efgh-jkm", "");

    expect(opened).toBe(2);
  });

  it("tells a closed registration from a closed room", async () => {
    failure = new MatrixRtcError("forbidden", "no guests");
    const account = await service.createRoom("abcd-efgh-jkm", "").catch(toProblem);
    failure = undefined;

    const room = await service.openRoom("zzzz-zzzz-zzz", new Scope()).catch(toProblem);

    expect(account).toMatchObject({ code: "account_refused" });
    expect(room).toMatchObject({ code: "room_forbidden" });
  });
});

async function openSession(): Promise<MatrixSession> {
  opened++;
  if (failure) throw failure;
  return {
    createCallRoom: (options: object) => created.push(options),
    joinByLink: () => Promise.reject(new MatrixRtcError("forbidden", "invited people only")),
  } as unknown as MatrixSession;
}
