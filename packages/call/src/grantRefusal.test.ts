import { describe, expect, it } from "vitest";

import { grantRefusal } from "./grantRefusal.ts";

describe("a refusal of the authorisation service", () => {
  it.each([
    ["grant_not_member", 403, "not_in_room"],
    ["grant_homeserver_unreachable", 401, "homeserver_unreachable"],
    ["grant_sfu_unreachable", 500, "sfu_unreachable"],
    ["grant_sfu_unreachable", 500, "sfu_refused"],
    ["grant_busy", 429, "service_busy"],
    ["grant_busy", 429, "server_limited"],
    ["rate_limited", 429, "user_limited"],
    ["grant_refused", 401, "unauthorised"],
    ["grant_unreachable", 503, "closing"],
  ])("is %s for %i with the cause %s", (code, status, cause) => {
    expect(grantRefusal("/sfu/get", status, cause)).toMatchObject({ code });
  });

  it.each([
    ["grant_refused", false, 403],
    ["rate_limited", true, 429],
    ["grant_unreachable", true, 500],
    ["grant_unreachable", false, 404],
  ])("is %s, retryable: %s, for a bare %i, and for one with a cause that nobody knows", (code, retryable, status) => {
    for (const cause of [null, "", "__proto__", "constructor"]) {
      expect(grantRefusal("/sfu/get", status, cause)).toMatchObject({ code, retryable });
    }
  });

  it.each([404, 405])("says that a service is too old that answers MSC4195's route with %i", (status) => {
    const error = grantRefusal("/get_token", status, null);

    expect(error).toMatchObject({ code: "grant_refused", retryable: false });
    expect(error.message).toContain("too old");
  });
});
