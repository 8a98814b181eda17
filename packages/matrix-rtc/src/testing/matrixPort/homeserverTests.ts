import { until } from "@conclave/kit";

import type { Tests } from "./AcceptanceTest.ts";
import { assertEqual } from "./expectations.ts";

/** What is asked of the homeserver besides. */
export const homeserverTests: Tests = {
  "knows what a device publishes, and nothing of one that publishes nothing": async ({ alice, bob }) => {
    if (!alice.readDeviceFacts) return;
    const nobody = { ...bob.self, deviceId: "NOSUCHDEVICE" as typeof bob.self.deviceId };
    const facts = await alice.readDeviceFacts([nobody, bob.self]);
    assertEqual(
      facts.map(({ userId, deviceId, signingKey }) => [userId, deviceId, signingKey.length > 0]),
      [[bob.self.userId, bob.self.deviceId, true]],
    );
  },
  "gets an OpenID token": async ({ alice }) => {
    const token = await alice.requestOpenIdToken();
    assertEqual([token.access_token !== "", token.expires_in > 0], [true, true]);
  },
  "reads transports and well-known file as lists": async ({ alice }) => {
    assertEqual(
      [Array.isArray(await alice.readTransports()), Array.isArray(await alice.readWellKnownFoci())],
      [true, true],
    );
  },
  "says that it is syncing": async ({ alice }, scope) => {
    await until(scope, alice.isSyncing, (isSyncing) => isSyncing);
  },
};
