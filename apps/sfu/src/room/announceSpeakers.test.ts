import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { connect, MICROPHONE, publish } from "../testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab();
});

afterEach(() => lab.close());

describe("speakers", () => {
  it("are shown as silent soon after the media plane has told of silence, which it does once", async () => {
    const alice = await connect(lab, "alice");
    await publish(alice, [MICROPHONE]);
    const [room] = lab.plane.rooms;
    const producerId = room?.publishers[0]?.producers[0]?.id ?? "";

    room?.audioLevels.emit([{ producerId, level: 0.5 }]);
    await alice.next("speakersChanged", ({ speakers }) => speakers[0]?.active === true);
    room?.audioLevels.emit([]);
    await lab.clock.advance(400);

    const { speakers } = await alice.next("speakersChanged", ({ speakers: all }) => all[0]?.active === false);
    expect(speakers[0]?.level).toBe(0);
  });
});
