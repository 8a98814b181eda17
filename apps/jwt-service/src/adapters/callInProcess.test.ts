import { describe, expect, it } from "vitest";

import { callInProcess } from "./callInProcess.ts";
import { deadlineIn } from "./deadline.ts";

const url = new URL("http://in-process/path?query");

describe("callInProcess", () => {
  it("hands over method, address, headers and body, and reads the answer", async () => {
    let seen: unknown;
    const call = callInProcess(async (request) => {
      seen = [request.method, request.url, request.headers.get("x-one"), await request.text()];
      return Response.json({ ok: true }, { status: 201 });
    });

    const headers = { "x-one": "1" };
    const answer = await call({
      method: "POST",
      url,
      headers,
      body: Buffer.from("{}"),
      limitBytes: 1000,
      deadline: deadlineIn(5000),
    });

    expect(seen).toEqual(["POST", url.href, "1", "{}"]);
    expect([answer.status, answer.body.toString()]).toEqual([201, '{"ok":true}']);
  });

  it("gives the server up at the deadline", async () => {
    const call = callInProcess(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );

    await expect(call({ method: "GET", url, limitBytes: 1000, deadline: deadlineIn(20.5) })).rejects.toThrow();
  });
});
