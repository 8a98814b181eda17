import { matrixPortSuite } from "@conclave/matrix-rtc/testing";
import { describe, test } from "vitest";

import { startHomeserver } from "./openGuest.ts";
import { openTwoUsers } from "./twoUsers.ts";

describe("matrixHttp keeps what MatrixPort promises", () => {
  const suite = matrixPortSuite(() => openTwoUsers(startHomeserver()));
  for (const acceptance of suite) test(acceptance.name, () => acceptance.run());
});
