import { MatrixRtcError } from "@conclave/matrix-rtc";
import { ConnectionError, HTTPError, MatrixError } from "matrix-js-sdk";
import { describe, expect, test } from "vitest";

import { refusalOf, toMatrixRtcError } from "./sdkError.ts";

const NOW_MS = 0;

function codeOf(error: unknown): MatrixRtcError {
  return toMatrixRtcError("thing", error, NOW_MS);
}

describe("an error of the SDK", () => {
  test("keeps what the homeserver said", () => {
    const headers = new Headers({ "retry-after": "3" });
    const body = { errcode: "M_LIMIT_EXCEEDED", error: "slow down" };

    expect(refusalOf(new MatrixError(body, 429, "https://hs/secret", undefined, headers))).toEqual({
      status: 429,
      errcode: "M_LIMIT_EXCEEDED",
      body,
      retryAfterHeader: "3",
    });
  });

  test("becomes the code that its answer means", () => {
    const maxDelay = { errcode: "M_UNKNOWN", "org.matrix.msc4140.max_delay": 5000 };

    expect(codeOf(new MatrixError({ errcode: "M_FORBIDDEN" }, 403)).code).toBe("forbidden");
    expect(codeOf(new MatrixError({ errcode: "M_NOT_FOUND" }, 404)).code).toBe("not_found");
    expect(codeOf(new MatrixError({ errcode: "M_UNKNOWN_TOKEN" }, 401)).code).toBe("logged_out");
    expect(codeOf(new MatrixError({ errcode: "M_UNRECOGNIZED" }, 404)).code).toBe("unsupported");
    expect(codeOf(new HTTPError("bad gateway", 502))).toMatchObject({
      code: "homeserver_unreachable",
      retryable: true,
    });
    expect(codeOf(new MatrixError(maxDelay, 400)).maxDelayMs).toBe(5000);
    expect(codeOf(new MatrixError({ errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 700 }, 429))).toMatchObject({
      code: "rate_limited",
      retryAfterMs: 700,
    });
  });

  test("is retryable if there was no answer", () => {
    expect(codeOf(new ConnectionError("fetch failed"))).toMatchObject({
      code: "homeserver_unreachable",
      retryable: true,
    });
  });

  test("does not show the address, which may hold a secret", () => {
    const error = codeOf(new MatrixError({ errcode: "M_NOT_FOUND" }, 404, "https://hs/delayed_events/secret"));

    expect(`${error.message} ${String(error.cause)}`).not.toContain("secret");
  });

  test("of any other kind is a client that cannot", () => {
    const own = new MatrixRtcError("forbidden", "no");

    expect(codeOf(new Error("machine closed"))).toMatchObject({ code: "unsupported", retryable: false });
    expect(codeOf(own)).toBe(own);
  });
});
