import { describe, expect, it } from "vitest";

import { readPageParameters } from "./pageParameters.ts";

describe("parameters of the address", () => {
  it("leave everything on and nothing exposed when absent", () => {
    expect(readPageParameters(new URL("https://call.example/r/x"))).toEqual({
      displayName: undefined,
      password: undefined,
      skipLobby: false,
      debug: false,
      homeserver: undefined,
      processing: { noiseSuppression: true, echoCancellation: true, autoGainControl: true },
      look: {
        header: "standard",
        isConfined: false,
        hasControls: true,
        hasScreenSharing: true,
        language: undefined,
        fonts: [],
      },
      ringing: {
        sendNotificationType: undefined,
        waitForCallPickup: false,
        autoLeave: false,
        ringSeconds: undefined,
      },
    });
  });

  it.each([
    ["sendNotificationType=ring&waitForCallPickup&autoLeave=true&ringSeconds=20", ["ring", true, true, 20]],
    ["sendNotificationType=shout&waitForCallPickup=false&ringSeconds=-1", [undefined, false, false, undefined]],
    ["sendNotificationType=notification&ringSeconds=1e9", ["notification", false, false, undefined]],
    ["ringSeconds=", [undefined, false, false, undefined]],
  ] as const)("say how the others hear of a call: %s", (query, wishes) => {
    const { ringing } = readPageParameters(new URL(`https://call.example/r/x?${query}`));

    const { autoLeave, ringSeconds, sendNotificationType, waitForCallPickup } = ringing;
    expect([sendNotificationType, waitForCallPickup, autoLeave, ringSeconds]).toEqual(wishes);
  });

  it("have the names and values of Element Call", () => {
    const url = new URL(
      "https://call.example/r/x?noiseSuppression=false&echoCancellation=false&autoGainControl=false&displayName=%20Bo%20&skipLobby=true&debug=1",
    );

    expect(readPageParameters(url)).toMatchObject({
      displayName: "Bo",
      skipLobby: true,
      debug: true,
      processing: { noiseSuppression: false, echoCancellation: false, autoGainControl: false },
    });
  });

  it("cut a name that is too long and take an empty one as absent", () => {
    const long = readPageParameters(new URL(`https://call.example/?displayName=${"x".repeat(500)}`));
    const empty = readPageParameters(new URL("https://call.example/?displayName=%20"));

    expect(long.displayName).toHaveLength(80);
    expect(empty.displayName).toBeUndefined();
  });
});
