import { openMatrixJsSdk } from "@conclave/call/matrixJsSdk";
import { Scope, silentLogger } from "@conclave/kit";
import type { MatrixPort, RoomId } from "@conclave/matrix-rtc";
import type { MatrixClient } from "matrix-js-sdk";
import { expect, onTestFinished, vi } from "vitest";

import { freshLink, openGuest, type TestHomeserver } from "../matrix-http/openGuest.ts";

const ARRIVAL = { timeout: 10_000 };

/** A host's client and the port over it, whose scope ends with the test. */
export interface HostSession {
  readonly client: MatrixClient;
  readonly port: MatrixPort;
  readonly scope: Scope;
}

export function openHost(client: MatrixClient): HostSession {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  return { client, port: openMatrixJsSdk({ client, logger: silentLogger }, scope), scope };
}

/** An encrypted room for calls, made by somebody else, that all these clients are in. */
export async function joinCallRoom(server: TestHomeserver, clients: readonly MatrixClient[]): Promise<RoomId> {
  const maker = await openGuest(server);
  const roomId = await maker.session.createCallRoom({ linkId: freshLink() });
  await Promise.all(clients.map((client) => client.joinRoom(roomId)));
  for (const client of clients) {
    await vi.waitFor(() => {
      const room = client.getRoom(roomId);
      expect(room?.getJoinedMembers().length).toBe(clients.length + 1);
    }, ARRIVAL);
  }
  await maker.scope.end();
  return roomId;
}
