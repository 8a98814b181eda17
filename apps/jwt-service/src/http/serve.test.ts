import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, expect, it } from "vitest";

import { textAnswer } from "./answers.ts";
import { TextTooLong } from "./boundedText.ts";
import type { Answered, Asked } from "./exchange.ts";
import { serve, toListener } from "./serve.ts";

const LIMIT_BYTES = 10;
let answer: (asked: Asked) => Promise<Answered>;
let server: Server;
let origin: string;

beforeEach(async () => {
  server = createServer(toListener((asked) => answer(asked)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it("hands over what was asked and writes what was answered", async () => {
  answer = async (asked) => {
    const body = (await asked.body(LIMIT_BYTES)).toString();
    const seen = [asked.method, asked.path, asked.header("x-test"), asked.remoteAddress, body];
    return { status: 201, headers: { "x-answer": "yes" }, body: JSON.stringify(seen) };
  };

  const response = await fetch(`${origin}/path?query`, { method: "POST", body: "body", headers: { "X-Test": "1" } });

  expect([response.status, response.headers.get("x-answer")]).toEqual([201, "yes"]);
  expect(await response.json()).toEqual(["POST", "/path", "1", "127.0.0.1", "body"]);
});

it("reads no more than the limit, and ends a connection whose body was refused", async () => {
  answer = async (asked) => {
    try {
      await asked.body(LIMIT_BYTES);
    } catch (fault) {
      if (fault instanceof TextTooLong) return textAnswer(413);
      throw fault;
    }
    return textAnswer(200);
  };

  const response = await fetch(origin, { method: "POST", body: "x".repeat(1_000_000) });

  expect([response.status, response.headers.get("connection")]).toEqual([413, "close"]);
});

it("answers a fault with 500", async () => {
  answer = () => Promise.reject(new Error("broken"));

  expect((await fetch(origin)).status).toBe(500);
});

it("says which setting to change when the port is taken", async () => {
  const bind = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };

  await expect(serve(bind, "LIVEKIT_JWT_BIND", () => Promise.resolve(textAnswer(200)))).rejects.toThrow(
    /in use.*LIVEKIT_JWT_BIND/,
  );
});
