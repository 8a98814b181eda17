import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";

import { ROOM_CALL_SLOT } from "../model.ts";
import type { MatrixFeatures } from "../ports.ts";
import { openRtcSession, type RtcSession } from "../RtcSession.ts";
import { FakeMatrix } from "./FakeMatrix.ts";
import type { FakeMatrixUser } from "./FakeMatrixUser.ts";
import type { FakeRoom } from "./FakeRoom.ts";
import { person } from "./fixtures.ts";

export interface SlotDevice {
  readonly user: FakeMatrixUser;
  readonly session: RtcSession;
  readonly deps: {
    readonly matrix: FakeMatrixUser;
    readonly clock: FakeClock;
    readonly logger: typeof silentLogger;
  };
}

const FEATURES: MatrixFeatures = { delayedEvents: true, stickyEvents: true };
const TRANSPORT = { type: "livekit", serviceUrl: "https://rtc.hs.example/livekit/jwt" } as const;

/** A homeserver with one room on a fake clock, and devices with sessions in its slot. */
export class TestSlot {
  readonly clock: FakeClock = new FakeClock();
  readonly homeserver: FakeMatrix;
  readonly room: FakeRoom;
  readonly scope: Scope = new Scope();

  constructor({ isEncrypted = true }: { readonly isEncrypted?: boolean } = {}) {
    this.homeserver = new FakeMatrix(this.clock, { features: FEATURES });
    this.room = this.homeserver.createRoom({ isEncrypted });
  }

  /** A device in the room, not in the slot. */
  enter(name: string): SlotDevice {
    const { userId, deviceId } = person(name);
    const user = this.homeserver.connect(userId, deviceId);
    this.room.join(userId, { displayName: name });
    const deps = { matrix: user, clock: this.clock, logger: silentLogger };
    const options = { roomId: this.room.roomId, slot: ROOM_CALL_SLOT, features: FEATURES };
    return { user, deps, session: openRtcSession(deps, options, this.scope) };
  }

  async join(name: string): Promise<SlotDevice> {
    const device = this.enter(name);
    await this.publish(device);
    return device;
  }

  async publish({ session }: SlotDevice, intent: "audio" | "video" = "video"): Promise<void> {
    await session.publishMembership(TRANSPORT, intent);
    await settlePromises();
  }

  end(): Promise<void> {
    this.homeserver.restart();
    return this.scope.end();
  }
}
