import { recordEvents } from "@conclave/kit/testing";

import type { Tests } from "./AcceptanceTest.ts";
import { assertEqual, passUntil } from "./expectations.ts";

const TYPE = "io.conclave.test";

/** Encrypted messages from device to device. */
export const toDeviceTests: Tests = {
  "delivers a to-device message with the device that encrypted it": async ({ alice, bob, pass }, scope) => {
    const received = recordEvents(scope, bob.toDeviceReceived);
    const outcomes = await alice.sendEncryptedToDevice(TYPE, [bob.self], { hello: "bob" });
    await passUntil(pass, () => received.length > 0);
    const [message] = received;
    assertEqual(
      outcomes.map((outcome) => outcome.result),
      ["sent"],
    );
    assertEqual([message?.type, message?.sender], [TYPE, alice.self.userId]);
    assertEqual(message?.encryptedBy?.deviceId, alice.self.deviceId);
    assertEqual(message?.content, { hello: "bob" });
  },
  "keeps to-device messages in order": async ({ alice, bob, pass }, scope) => {
    const received = recordEvents(scope, bob.toDeviceReceived);
    for (let serial = 0; serial < 5; serial++) await alice.sendEncryptedToDevice(TYPE, [bob.self], { serial });
    await passUntil(pass, () => received.length >= 5);
    assertEqual(
      received.map((message) => (message.content as { serial?: number }).serial),
      [0, 1, 2, 3, 4],
    );
  },
  "names a device that does not exist as unreachable and reaches the others": async ({ alice, bob }) => {
    const nobody = { ...bob.self, deviceId: "NOSUCHDEVICE" as typeof bob.self.deviceId };
    const outcomes = await alice.sendEncryptedToDevice(TYPE, [nobody, bob.self], {});
    assertEqual(
      outcomes.map((outcome) => outcome.result),
      ["unreachable", "sent"],
    );
  },
};
