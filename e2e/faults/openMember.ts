import type { MatrixSession, StoredAccount } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { memoryAccountStore } from "@conclave/call/testing";
import { Scope, silentLogger, systemClock } from "@conclave/kit";
import { discoverTransports, openRtcSession, ROOM_CALL_SLOT, type RtcSession } from "@conclave/matrix-rtc";

/** Somebody in a call without media and without keys: a guest account, sync and a membership. */
export interface Member {
  readonly matrix: MatrixSession;
  readonly session: RtcSession;
  readonly account: StoredAccount;
  /** Publishes the membership. */
  join(): Promise<void>;
  /** Leaves, if that has not been done, and ends everything. */
  close(): Promise<void>;
}

/** Opens an account and the room; `join` is up to the caller. */
export async function openMember(origin: string, linkId: string): Promise<Member> {
  const scope = new Scope();
  const deps = { clock: systemClock, logger: silentLogger };
  const account = memoryAccountStore();
  const options = { ...deps, homeserverUrl: origin, account, cryptoStoreName: "member", fetch };
  const matrix = await openMatrixHttp(options, scope);
  const roomId = await matrix.joinByLink(linkId);
  const [transport] = await discoverTransports({ matrix, logger: silentLogger });
  const session = openRtcSession({ ...deps, matrix }, { roomId, slot: ROOM_CALL_SLOT }, scope);
  return {
    matrix,
    session,
    account: (await account.load())!,
    join: () => session.publishMembership(transport!),
    close: () => scope.end(),
  };
}
