import { Scope, sleep, systemClock, until } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";
import { matrixPortSuite, type TwoUsers } from "@conclave/matrix-rtc/testing";

import { awaitKeys, makeRoom } from "./homeserver.ts";
import { openWidgetUser } from "./WidgetUser.ts";

export interface SuitePlace {
  readonly hostUrl: string;
  readonly homeserver: string;
}

declare global {
  interface Window {
    widgetSuite: { run(name: string, place: SuitePlace): Promise<void> };
  }
}

async function makeTwoUsers({ homeserver, hostUrl }: SuitePlace): Promise<TwoUsers> {
  const scope = new Scope();
  const { roomId, accessToken } = await makeRoom(homeserver);
  const open = (name: string) => openWidgetUser({ hostUrl, homeserver, name, roomId }, scope);
  const [alice, bob] = await Promise.all([open("alice"), open("bob")]);
  const ids = [alice.self.userId, bob.self.userId];
  for (const port of [alice, bob]) {
    await until(scope, port.watchRoom(roomId as RoomId, scope), (room) => ids.every((id) => room?.joined.has(id)));
  }
  await awaitKeys(homeserver, accessToken, [alice.self, bob.self]);
  return {
    alice,
    bob,
    roomId: roomId as RoomId,
    pass: (byMs) => sleep(systemClock, byMs),
    end: () => scope.end(),
  };
}

window.widgetSuite = {
  async run(name, place) {
    const test = matrixPortSuite(() => makeTwoUsers(place)).find((candidate) => candidate.name === name);
    if (!test) throw new Error(`There is no test "${name}"`);
    await test.run();
  },
};
