import { CallError } from "@conclave/call";
import { MatrixRtcError } from "@conclave/matrix-rtc";
import { describe, expect, it } from "vitest";

import { toDeviceError } from "../media/devicePort.ts";
import { DeviceError, toProblem } from "./Problem.ts";

describe("problems", () => {
  it("keep the code of what was thrown, and whether it is worth another try", () => {
    expect(toProblem(new CallError("sfu_full", "no place", { retryable: true }))).toMatchObject({
      code: "sfu_full",
      isRetryable: true,
    });
    expect(toProblem(new MatrixRtcError("not_found", "no alias"))).toMatchObject({
      code: "room_not_found",
      isRetryable: false,
    });
    expect(toProblem(new DeviceError("device_busy", "in use"))).toMatchObject({ code: "device_busy" });
  });

  it.each([new TypeError("x"), "text", undefined])("are internal when they are not ours: %s", (thrown) => {
    expect(toProblem(thrown).code).toBe("internal");
  });

  it.each([
    ["NotAllowedError", "device_denied"],
    ["NotFoundError", "device_missing"],
    ["OverconstrainedError", "device_missing"],
    ["NotReadableError", "device_busy"],
    ["SomethingNew", "device_failed"],
  ])("of a device that fails with %s are %s", (name, code) => {
    expect(toDeviceError(new DOMException("", name)).code).toBe(code);
  });
});
