import { computed, type ReadonlySignal, type Scope, signal, steadyClock, type WritableSignal } from "@conclave/kit";
import {
  type MatrixFeatures,
  memberKey,
  type MembershipLayer,
  type RoomId,
  type RoomView,
  ROOM_CALL_SLOT,
  type RtcMember,
  type RtcTransport,
  type SlotDescription,
} from "@conclave/matrix-rtc";

import { awaitRoom } from "./awaitRoom.ts";
import type { CallDeps } from "./deps.ts";
import { findOwnTransport } from "./findOwnTransport.ts";
import { openLobbyRing } from "./lobbyRing.ts";
import type { CallState, LobbyRing, LobbyView } from "./model.ts";
import { openSession } from "./openSession.ts";
import { type OwnPlace, OwnPlaces } from "./ownPlace.ts";
import { keepGrantWarm, prepareOlm } from "./prepareJoin.ts";
import { toCallError } from "./toCallError.ts";

export interface LobbyOptions {
  readonly roomId: RoomId;
  readonly slot?: SlotDescription;
  /** Service URL to use when the homeserver names no SFU. */
  readonly fallbackServiceUrl?: string;
  /** Nothing will be published at first, so no Olm sessions are opened ahead of time. */
  readonly isListener?: boolean;
  /** In which form memberships will be sent; `deployed`, which everybody reads, if it is not said. */
  readonly layer?: MembershipLayer;
}

/**
 * What is got ready while a person looks at the lobby, so that a click on Join costs few requests. Serves any number of
 * joins of the same room, one after the other.
 */
export interface Lobby {
  /** `undefined` until the room has arrived. */
  readonly view: ReadonlySignal<LobbyView | undefined>;
  /** How the newest join through this lobby goes; `undefined` before the first. */
  readonly joining: ReadonlySignal<CallState | undefined>;
  /** Who calls this user to the call of this room now, if anybody does. */
  readonly ring: ReadonlySignal<LobbyRing | undefined>;
  /**
   * Says no to what rings; it stops on all devices of this user. Does nothing if nothing rings.
   *
   * @throws {CallError} `event_refused`, `rate_limited`, `homeserver_unreachable`, `logged_out`; it goes on ringing then
   */
  decline(): Promise<void>;
  /** For `joinCall`. */
  readonly prepared: Prepared;
}

/** The parts that `joinCall` takes over. Each asks again if its preparation failed. */
export interface Prepared {
  readonly options: LobbyOptions;
  /** As whom to join, and the grants for that; the layer of the lobby if none is given. */
  takePlace(layer?: MembershipLayer): Promise<OwnPlace>;
  /** `undefined` if the homeserver did not say. */
  features(): Promise<MatrixFeatures | undefined>;
  /** @throws {CallError} `room_not_found` if the room does not arrive */
  room(): Promise<RoomView>;
  /** Where to publish. @throws {CallError} `no_transport` */
  transport(): Promise<RtcTransport>;
  /** Where `joinCall` shows how it goes. */
  readonly joiningNow: WritableSignal<ReadonlySignal<CallState> | undefined>;
}

/**
 * Opens the lobby of a room: shows who is in, and prepares features, transport, grant and Olm sessions meanwhile.
 *
 * @throws {CallError} `slot_invalid`
 */
export function openLobby(given: CallDeps, options: LobbyOptions, scope: Scope): Lobby {
  const deps = { ...given, clock: steadyClock(given.clock) };
  const slot = options.slot ?? ROOM_CALL_SLOT;
  const { logger, matrix } = deps;
  const room = matrix.watchRoom(options.roomId, scope);
  const session = openSession(deps, { ...options, features: undefined }, scope);
  const joiningNow = signal<ReadonlySignal<CallState> | undefined>(undefined);
  const findTransport = keepAnswer(() => findOwnTransport(deps, options.fallbackServiceUrl));
  const readFeatures = keepAnswer(() => matrix.readFeatures());

  // Without an answer the session asks once more when it joins, and that failure is told.
  const features = (): Promise<MatrixFeatures | undefined> => readFeatures().catch(() => undefined);
  const { roomId, layer = "deployed" } = options;
  const places = new OwnPlaces(deps, { roomId, slot, layer, features });
  const prepareGrant = async (): Promise<unknown> => {
    const [{ authorizer }, { serviceUrl }] = await Promise.all([places.next(), findTransport()]);
    return authorizer.grantFor(serviceUrl, "publish");
  };

  void quietly(deps, "features", readFeatures);
  void keepGrantWarm(deps.clock, () => quietly(deps, "grant", prepareGrant), scope);
  if (!options.isListener) prepareOlm(deps, session.members, scope);

  const ringing = openLobbyRing(deps, { roomId, slot, room, members: session.members }, scope);

  logger.debug("lobby opened", {});
  return {
    view: computed(() => toLobbyView(room.get(), session.members.get(), matrix.self)),
    joining: computed(() => joiningNow.get()?.get()),
    ring: ringing.ring,
    decline: async () => ringing.decline((await features())?.stickyEvents ?? false),
    prepared: {
      options,
      takePlace: (wanted) => places.take(wanted),
      joiningNow,
      features,
      transport: findTransport,
      room: () => awaitRoom(deps.clock, room, scope),
    },
  };
}

function toLobbyView(
  room: RoomView | undefined,
  members: readonly RtcMember[],
  self: CallDeps["matrix"]["self"],
): LobbyView | undefined {
  const others = members.filter(({ userId, deviceId }) => userId !== self.userId || deviceId !== self.deviceId);
  return (
    room && {
      roomName: room.name,
      isEncrypted: room.isEncrypted,
      members: others.map((member) => ({
        id: memberKey(member),
        displayName: member.displayName ?? member.userId,
      })),
    }
  );
}

/** Shares one answer among all who ask; a failure is asked again. */
function keepAnswer<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask().catch((fault: unknown) => {
      answer = undefined;
      throw fault;
    });
    return answer;
  };
}

/** Preparation may fail without harm: the join does the same again, and tells. */
async function quietly({ logger }: CallDeps, what: string, prepare: () => Promise<unknown>): Promise<void> {
  try {
    await prepare();
  } catch (fault) {
    logger.debug("not prepared", { what, code: toCallError(fault).code });
  }
}
