import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ROUTES } from "./testing/Person.ts";
import { Rig } from "./testing/Rig.ts";
import type { Answered, ServiceProcess } from "./testing/ServiceProcess.ts";

let rig: Rig;
let service: ServiceProcess;

beforeAll(async () => {
  rig = await Rig.open();
  service = await rig.start();
});

afterAll(() => rig.close());

function expectCors({ headers }: Answered): void {
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("access-control-allow-origin")).toBe("*");
  expect(headers.get("access-control-allow-methods")).toBe("POST");
  expect(headers.get("access-control-allow-headers")).toBe(
    "Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token",
  );
}

describe.each(ROUTES)("%s", (route) => {
  it("answers a preflight with the headers of every answer and no body", async () => {
    const answer = await service.request(route, { method: "OPTIONS" });

    expect([answer.status, answer.text]).toEqual([200, ""]);
    expectCors(answer);
  });

  it.each(["GET", "PUT", "DELETE", "PATCH", "HEAD"])("refuses %s with 405 and no body", async (method) => {
    const answer = await service.request(route, { method });

    expect([answer.status, answer.text]).toEqual([405, ""]);
    expectCors(answer);
  });

  it("carries the headers on a success, whose JSON ends with a newline", async () => {
    const answer = await service.post(route, rig.person().bodyFor(route));

    expect(answer.status).toBe(200);
    expect(answer.text.endsWith("}\n")).toBe(true);
    expectCors(answer);
  });

  it("carries the headers on a refusal, whose body is `errcode` and `error` and nothing else", async () => {
    const answer = await service.post(route, "{");

    expect(answer.status).toBe(400);
    expect(Object.keys(answer.json ?? {}).sort()).toEqual(["errcode", "error"]);
    expect(answer.text.endsWith("}\n")).toBe(true);
    expectCors(answer);
  });

  it("does not look at the content type of the request", async () => {
    const person = rig.person();

    const answer = await service.request(route, {
      method: "POST",
      body: JSON.stringify(person.bodyFor(route)),
      headers: { "content-type": "text/plain; charset=utf-16" },
    });

    expect(answer.status).toBe(200);
  });
});

describe("/healthz", () => {
  it.each(["GET", "HEAD"])("answers %s with 200 and no body, without CORS headers", async (method) => {
    const answer = await service.request("/healthz", { method });

    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  it.each(["POST", "OPTIONS", "DELETE"])("refuses %s with 405 and no body", async (method) => {
    const answer = await service.request("/healthz", { method });

    expect([answer.status, answer.text]).toEqual([405, ""]);
  });
});

describe("other paths", () => {
  it.each(["/", "/nothing", "/get_token/", "/sfu/get/", "/sfu", "/healthz/"])(
    "%s is 404 in plain text",
    async (path) => {
      const answer = await service.request(path, { method: "POST", redirect: "manual", body: "{}" });

      expect([answer.status, answer.text.trim()]).toEqual([404, "404 page not found"]);
      expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
    },
  );
});
