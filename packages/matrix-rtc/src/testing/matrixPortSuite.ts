import { Scope } from "@conclave/kit";

import type { AcceptanceTest, Tests, TwoUsers } from "./matrixPort/AcceptanceTest.ts";
import { homeserverTests } from "./matrixPort/homeserverTests.ts";
import { membershipTests } from "./matrixPort/membershipTests.ts";
import { messageTests } from "./matrixPort/messageTests.ts";
import { roomTests } from "./matrixPort/roomTests.ts";
import { scheduledEventTests } from "./matrixPort/scheduledEventTests.ts";
import { stickyEventTests } from "./matrixPort/stickyEventTests.ts";
import { toDeviceTests } from "./matrixPort/toDeviceTests.ts";

/**
 * What every `MatrixPort` must do, as tests without a runner:
 *
 *     for (const test of matrixPortSuite(makeTwoUsers)) it(test.name, test.run);
 */
export function matrixPortSuite(makeTwoUsers: () => Promise<TwoUsers>): readonly AcceptanceTest[] {
  const tests: Tests = {
    ...roomTests,
    ...membershipTests,
    ...messageTests,
    ...stickyEventTests,
    ...scheduledEventTests,
    ...toDeviceTests,
    ...homeserverTests,
  };
  return Object.entries(tests).map(([name, body]) => ({
    name,
    async run() {
      const users = await makeTwoUsers();
      const scope = new Scope();
      try {
        await body(users, scope);
      } finally {
        await scope.end();
        await users.end();
      }
    },
  }));
}
