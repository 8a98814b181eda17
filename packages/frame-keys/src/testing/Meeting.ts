import { Scope, silentLogger } from "@conclave/kit";
import { seededRandom, settlePromises, type FakeClock } from "@conclave/kit/testing";
import { openRtcSession, ROOM_CALL_SLOT, type RtcSession } from "@conclave/matrix-rtc";
import { FakeMatrix, type FakeMatrixUser, type FakeRoom } from "@conclave/matrix-rtc/testing";

import { createKeyDistributor, type KeyDistributor } from "../KeyDistributor.ts";
import { toDeviceKeyTransport } from "../toDeviceKeyTransport.ts";
import { RecordingSink } from "./RecordingSink.ts";

const transport = { type: "livekit", serviceUrl: "https://rtc.hs.example/livekit/jwt" } as const;

/** Somebody in a meeting: session and keys, as a call would bind them, without media. */
export interface Attendee {
  readonly user: FakeMatrixUser;
  readonly session: RtcSession;
  readonly sink: RecordingSink;
  readonly keys: KeyDistributor;
  readonly scope: Scope;
}

/** People with real sessions and real key distribution in one room of a `FakeMatrix`. */
export class Meeting {
  readonly homeserver: FakeMatrix;
  readonly room: FakeRoom;
  readonly #clock: FakeClock;
  readonly #all: Attendee[] = [];
  #seed = 1;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.homeserver = new FakeMatrix(clock);
    this.room = this.homeserver.createRoom();
  }

  /** Joins from the device of that name; resolves at once if `waits` is false, as during an outage. */
  async join(name: string, { waits = true }: { readonly waits?: boolean } = {}): Promise<Attendee> {
    const user = this.homeserver.connect(`@${name}:hs.example`, `${name.toUpperCase()}DEV`);
    this.room.join(user.self.userId);
    const scope = new Scope();
    const deps = { matrix: user, clock: this.#clock, logger: silentLogger };
    const place = { roomId: this.room.roomId, slot: ROOM_CALL_SLOT };
    const session = openRtcSession(deps, { ...place, features: this.homeserver.features }, scope);
    const carrier = toDeviceKeyTransport(deps, { ...place, memberId: session.self.memberId }, scope);
    const sink = new RecordingSink();
    const randomBytes = seededRandom(this.#seed++).bytes;
    const { self, members } = session;
    const keys = createKeyDistributor(
      { ...deps, transport: carrier, sink, randomBytes },
      { call: place.roomId, self, members },
      scope,
    );
    const attendee = { user, session, sink, keys, scope };
    this.#all.push(attendee);
    const joined = session.publishMembership(transport, "video");
    if (waits) await joined;
    else joined.catch(() => undefined);
    await settlePromises();
    return attendee;
  }

  async end(): Promise<void> {
    this.homeserver.restart();
    await Promise.all(this.#all.map((attendee) => attendee.scope.end()));
  }
}

/** Whether the listener can decrypt what the speaker sends now. */
export function hears(listener: Attendee, speaker: Attendee): boolean {
  return listener.sink.canDecrypt(speaker.session.self.memberId, speaker.sink);
}
