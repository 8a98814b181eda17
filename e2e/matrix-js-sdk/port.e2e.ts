import { matrixPortSuite } from "@conclave/matrix-rtc/testing";
import { describe, test } from "vitest";

import { startHomeserver } from "../matrix-http/openGuest.ts";
import { openTwoHosts } from "./twoUsers.ts";

describe("matrixJsSdk keeps what MatrixPort promises", () => {
  const suite = matrixPortSuite(() => openTwoHosts(startHomeserver()));
  for (const acceptance of suite) test(acceptance.name, () => acceptance.run());
});
