import { describe, expect, it } from "vitest";

import { CodedError } from "./errors.ts";
import { Secret, silentLogger } from "./logger.ts";

class TeapotError extends CodedError<"short" | "stout"> {}

describe("Secret", () => {
  it("shows itself in no text, JSON or list of properties", () => {
    const secret = new Secret("marked-value");

    const shown = [String(secret), JSON.stringify({ secret }), JSON.stringify(Object.entries(secret))];

    expect(shown).toEqual(["[secret]", '{"secret":"[secret]"}', "[]"]);
    expect(secret.reveal()).toBe("marked-value");
  });
});

describe("silentLogger", () => {
  it("has children that are as silent", () => {
    expect(silentLogger.child({ room: "r" })).toBe(silentLogger);
  });
});

describe("CodedError", () => {
  it("carries code, cause and the name of its class", () => {
    const cause = new Error("below");

    const error = new TeapotError("short", "I am a teapot", { cause, retryable: true });

    expect(error).toMatchObject({
      name: "TeapotError",
      code: "short",
      retryable: true,
      cause,
      message: "I am a teapot",
    });
  });

  it("is not retryable unless told, and has no cause of its own", () => {
    const error = new TeapotError("stout", "still a teapot");

    expect([error.retryable, "cause" in error]).toEqual([false, false]);
  });
});
