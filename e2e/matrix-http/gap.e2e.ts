import { until } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { CALL_EVENTS } from "@conclave/matrix-rtc";
import { describe, expect, test, vi } from "vitest";

import { freshLink, openGuest, startHomeserver, type TestHomeserver } from "./openGuest.ts";

/** More than a sync tells of a timeline at once. */
const CHATTER = 25;
const PATIENCE = { timeout: 20_000 };

/** Lets no sync begin while it is closed; those that wait already are answered. */
class SyncGate {
  readonly server: TestHomeserver;
  #held = 0;
  #opened: Promise<void> = Promise.resolve();
  #open: () => void = () => {};

  constructor(server: TestHomeserver) {
    this.server = {
      ...server,
      fetch: async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        if (pathname.endsWith("/sync")) {
          this.#held += 1;
          await this.#opened;
          this.#held -= 1;
        }
        return server.fetch(input, init);
      },
    };
  }

  close(): void {
    this.#opened = new Promise((resolve) => (this.#open = resolve));
  }

  open(): void {
    this.#open();
  }

  get isHolding(): boolean {
    return this.#held > 0;
  }
}

/** While bob hears nothing, alice reacts between many messages: he gets each reaction once, in order. */
async function reactAcrossGap(server: TestHomeserver, sync: "sliding" | "filtered"): Promise<void> {
  const gate = new SyncGate(server);
  const [alice, bob] = await Promise.all([openGuest(server), openGuest(gate.server, { sync })]);
  const linkId = freshLink();
  const roomId = await alice.session.createCallRoom({ linkId });
  await Promise.all([bob.session.joinByLink(linkId), alice.session.cryptoReady, bob.session.cryptoReady]);
  // Who encrypts for the room has to know who is in it.
  const seen = alice.session.watchRoom(roomId, alice.scope);
  await until(alice.scope, seen, (view) => view?.joined.has(bob.session.userId) === true);
  const received = recordEvents(bob.scope, bob.session.watchEvents(roomId, bob.scope));
  const react = (emoji: string): Promise<unknown> => alice.session.sendEvent(roomId, CALL_EVENTS.reaction, { emoji });
  const chat = async (): Promise<void> => {
    for (let n = 0; n < CHATTER; n++) await alice.session.sendEvent(roomId, "m.room.message", { body: `${n}` });
  };
  await react("first");
  await vi.waitFor(() => expect(received).toHaveLength(1), PATIENCE);

  gate.close();
  await react("second");
  await vi.waitFor(() => expect(gate.isHolding).toBe(true), PATIENCE);
  await chat();
  await react("third");
  await alice.session.sendEvent(roomId, CALL_EVENTS.annotation, { "m.relates_to": { key: "🖐️" } });
  await chat();
  await react("fourth");
  gate.open();
  await vi.waitFor(() => expect(received).toHaveLength(5), PATIENCE);
  await react("fifth");
  await vi.waitFor(() => expect(received).toHaveLength(6), PATIENCE);

  expect(received.map(({ content }) => (content as { emoji?: string }).emoji)).toEqual([
    "first",
    "second",
    "third",
    undefined,
    "fourth",
    "fifth",
  ]);
}

describe("what was said while nobody listened, and is more than a sync tells, is heard", () => {
  test.each(["sliding", "filtered"] as const)("by %s sync", (way) => reactAcrossGap(startHomeserver(), way));
});
