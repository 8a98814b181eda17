import type { Scope } from "@conclave/kit";
import type { CallIntent, MatrixPort, RoomView, RtcSession, RtcTransport } from "@conclave/matrix-rtc";

import type { CallDeps } from "./deps.ts";
import type { JoinOptions } from "./model.ts";
import { toCallError } from "./toCallError.ts";

export interface Announcement {
  readonly room: RoomView;
  readonly session: RtcSession;
  readonly transport: RtcTransport;
  readonly options: JoinOptions;
}

/**
 * Publishes the membership; in an encrypted room not before the others can encrypt for this device. They answer the
 * membership with their keys, and matrix-js-sdk does not try again if it finds no device to send them to.
 *
 * @throws {CallError} `crypto_failed`; {MatrixRtcError} as `RtcSession.publishMembership`
 */
export async function announce({ matrix }: CallDeps, announcement: Announcement, scope: Scope): Promise<void> {
  const { room, session, transport, options } = announcement;
  if (room.isEncrypted) await keysPublished(matrix);
  // The join may have failed on another way meanwhile; nobody is announced then.
  if (scope.isEnded) return;
  await session.publishMembership(transport, announcedIntent(options));
}

/** What others are told that the call is for. Stays so when the camera is switched: each change would be a new event. */
export function announcedIntent({ intent, camera }: Pick<JoinOptions, "intent" | "camera">): CallIntent {
  return intent ?? (camera ? "video" : "audio");
}

async function keysPublished(matrix: MatrixPort): Promise<void> {
  try {
    await matrix.cryptoReady;
  } catch (fault) {
    throw toCallError(fault, "crypto_failed");
  }
}
