import { computed, effect, type ReadonlySignal, type Scope, signal, until, type WritableSignal } from "@conclave/kit";
import {
  discoverTransports,
  type MatrixFeatures,
  openRtcSession,
  type RoomId,
  type RoomView,
  ROOM_CALL_SLOT,
  type RtcMember,
  type RtcTransport,
  type SlotDescription,
} from "@conclave/matrix-rtc";

import { createSfuAuthorizer, type SfuAuthorizer } from "./authorizeSfu.ts";
import type { CallDeps } from "./deps.ts";
import { CallError } from "./errors.ts";
import type { CallState, LobbyView } from "./model.ts";
import { toCallError } from "./toCallError.ts";

export interface LobbyOptions {
  readonly roomId: RoomId;
  readonly slot?: SlotDescription;
  /** Service URL to use when the homeserver names no SFU. */
  readonly fallbackServiceUrl?: string;
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
  /** For `joinCall`. */
  readonly prepared: Prepared;
}

/** The parts that `joinCall` takes over. Each asks again if its preparation failed. */
export interface Prepared {
  readonly options: LobbyOptions;
  readonly authorizer: SfuAuthorizer;
  /** `undefined` if the homeserver did not say. */
  features(): Promise<MatrixFeatures | undefined>;
  /** @throws {CallError} `room_not_found` if the room does not arrive */
  room(): Promise<RoomView>;
  /** Where to publish. @throws {CallError} `no_transport` */
  transport(): Promise<RtcTransport>;
  /** Where `joinCall` shows how it goes. */
  readonly joiningNow: WritableSignal<ReadonlySignal<CallState> | undefined>;
}

/** A room that the account is in arrives with the first sync. */
const ROOM_TIMEOUT_MS = 15_000;
/** How often the prepared grant is looked at; it is renewed only when half of its life is over. */
const GRANT_CHECK_MS = 60_000;
/** Devices for which Olm sessions are opened ahead of time. */
const MAX_PREPARED_DEVICES = 2_000;

/** Opens the lobby of a room: shows who is in, and prepares features, transport, grant and Olm sessions meanwhile. */
export function openLobby(deps: CallDeps, options: LobbyOptions, scope: Scope): Lobby {
  const slot = options.slot ?? ROOM_CALL_SLOT;
  const { logger, matrix } = deps;
  const room = matrix.watchRoom(options.roomId, scope);
  const session = openRtcSession(deps, { roomId: options.roomId, slot }, scope);
  const identity = "plain";
  const subject = { roomId: options.roomId, slot, memberId: session.self.memberId, identity } as const;
  const authorizer = createSfuAuthorizer(deps, subject);
  const joiningNow = signal<ReadonlySignal<CallState> | undefined>(undefined);
  const findTransport = keepAnswer(() => findOwnTransport(deps, options.fallbackServiceUrl));
  const readFeatures = keepAnswer(() => matrix.readFeatures());

  inBackground(deps, "features", readFeatures);
  inBackground(deps, "grant", async () => {
    const { serviceUrl } = await findTransport();
    await keepGrantWarm(deps, () => authorizer.grantFor(serviceUrl), scope);
  });
  prepareOlm(deps, session.members, scope);

  logger.debug("lobby opened", {});
  return {
    view: computed(() => toLobbyView(room.get(), session.members.get(), matrix.self)),
    joining: computed(() => joiningNow.get()?.get()),
    prepared: {
      options,
      authorizer,
      joiningNow,
      // Without an answer the session asks once more when it joins, and that failure is told.
      features: () => readFeatures().catch(() => undefined),
      transport: findTransport,
      room: () => awaitRoom(deps, room, scope),
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
        id: JSON.stringify([member.userId, member.deviceId, member.memberId]),
        displayName: member.displayName ?? member.userId,
      })),
    }
  );
}

async function awaitRoom(
  { clock }: CallDeps,
  room: ReadonlySignal<RoomView | undefined>,
  scope: Scope,
): Promise<RoomView> {
  const waiting = scope.child();
  const cancelTimer = clock.after(ROOM_TIMEOUT_MS, () => void waiting.end());
  try {
    return await until(waiting, room, (view): view is RoomView => view !== undefined);
  } catch (cause) {
    throw new CallError("room_not_found", "The room did not arrive; is the account in it?", { cause, retryable: true });
  } finally {
    cancelTimer();
    void waiting.end();
  }
}

async function findOwnTransport(deps: CallDeps, fallbackServiceUrl: string | undefined): Promise<RtcTransport> {
  try {
    const [best] = await discoverTransports(deps, fallbackServiceUrl);
    if (best) return best;
  } catch (fault) {
    throw toCallError(fault, "no_transport");
  }
  throw new CallError("no_transport", "No route of discovery named a usable SFU");
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
function inBackground({ logger }: CallDeps, what: string, prepare: () => Promise<unknown>): void {
  prepare().catch((fault: unknown) => logger.debug("not prepared", { what, code: toCallError(fault).code }));
}

async function keepGrantWarm({ clock }: CallDeps, renew: () => Promise<unknown>, scope: Scope): Promise<void> {
  await renew();
  while (!scope.isEnded) {
    await new Promise<void>((resolve) => {
      const cancel = clock.after(GRANT_CHECK_MS, resolve);
      scope.onEnd(() => {
        cancel();
        resolve();
      });
    });
    if (!scope.isEnded) await renew();
  }
}

function prepareOlm({ matrix }: CallDeps, members: ReadonlySignal<readonly RtcMember[]>, scope: Scope): void {
  const prepared = new Set<string>();
  effect(scope, () => {
    const fresh = members.get().filter(({ userId, deviceId }) => {
      const device = JSON.stringify([userId, deviceId]);
      const isOwn = userId === matrix.self.userId && deviceId === matrix.self.deviceId;
      if (isOwn || prepared.has(device) || prepared.size >= MAX_PREPARED_DEVICES) return false;
      prepared.add(device);
      return true;
    });
    if (fresh.length === 0) return;
    void matrix.prepareSessions(fresh.map(({ userId, deviceId }) => ({ userId, deviceId })));
  });
}
