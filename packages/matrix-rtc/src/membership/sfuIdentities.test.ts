import { describe, expect, it } from "vitest";

import type { DeviceId, UserId } from "../ids.ts";
import { sfuIdentities } from "./sfuIdentities.ts";

const ana = {
  userId: "@ana:hs.example" as UserId,
  deviceId: "ANADEV" as DeviceId,
  memberId: "3f0c6f1e-8a44-4c53-9c1f-6f6f0d1f2b10",
};
// matrixrtc.md 18.2
const plain = "@ana:hs.example:ANADEV";
const three = "zDO3U7fuAIMo/fOBPm6TmN1Xw7w+CC2xz9LjazRxoMA";
const two = "Ew7ywSTjXEQqzN1SnsyETwO0q/LlD4hWy5hugO3avHg";

describe("sfuIdentities", () => {
  it("puts user and device first for layer A", () => {
    expect(sfuIdentities(ana, "plain")).toEqual([plain, three, two]);
  });

  it("puts the hash of three first for layer B", () => {
    expect(sfuIdentities(ana, "hashed")).toEqual([three, two, plain]);
  });

  it("does not escape characters as the old service did", () => {
    const odd = { userId: "@a&b:hs.example" as UserId, deviceId: "DEV" as DeviceId, memberId: "m" };

    expect(sfuIdentities(odd, "hashed")[0]).toBe("Yd2Ekti8GIALgMkmLSRSq9t4q0QvnTcbuya42yduZoY");
  });
});
