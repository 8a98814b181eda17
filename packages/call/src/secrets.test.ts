import { toBase64, toHex, toUnpaddedBase64 } from "@conclave/kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CallError } from "./errors.ts";
import { fakeTrack, TestCall } from "./testing/index.ts";

let test: TestCall;
beforeEach(() => {
  test = new TestCall();
});
afterEach(() => test.end());

/** Each in the forms in which a careless line would show it. */
function formsOf(key: Uint8Array): readonly string[] {
  return [toHex(key), toBase64(key), toUnpaddedBase64(key), [...key].join(",")];
}

describe("secrets", () => {
  it("never reach a log line, whatever happens in a call", async () => {
    const drawn: Uint8Array[] = [];
    const alice = await test.enter("alice");
    const { randomBytes } = alice.deps;
    Object.assign(alice.deps, {
      randomBytes: (lengthBytes: number) => {
        const bytes = randomBytes(lengthBytes);
        if (lengthBytes >= 16) drawn.push(bytes.slice());
        return bytes;
      },
    });
    const call = await alice.join({ camera: fakeTrack("video") });
    const bob = await test.join("bob");
    await test.settle();
    test.sfu.goDown();
    test.tokens.failWith = 500;
    await test.clock.advance(3_000);
    test.tokens.failWith = undefined;
    test.sfu.comeUp();
    await test.clock.advance(2_000);
    await bob.call.leave();
    await test.clock.advance(5_000);
    await call.leave();

    const log = test.logs.join("\n");
    expect(drawn.length).toBeGreaterThan(1);
    expect(log).toContain("sfu granted");
    expect(drawn.flatMap(formsOf).filter((form) => log.includes(form))).toEqual([]);
    expect(log).not.toContain("marked-signature");
    expect(log).not.toMatch(/openid-\d/);
    expect(log).not.toContain(test.room.roomId);
  });

  it("are not in the error of a service that answers nonsense with a token in it", async () => {
    test.tokens.answerWith = '{"url":"not a url","jwt":"marked-token"}';
    const alice = await test.enter("alice");

    const fault: unknown = await alice.join().catch((error: unknown) => error);

    expect(fault).toBeInstanceOf(CallError);
    const { cause, stack } = fault as CallError;
    expect(`${stack} ${String(cause)} ${JSON.stringify(fault)} ${test.logs.join()}`).not.toContain("marked-token");
  });
});
