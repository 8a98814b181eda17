import type { AccountStore, MatrixSession, StoredAccount } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { Scope, silentLogger, systemClock, until } from "@conclave/kit";
import {
  type CallIntent,
  type DeviceId,
  chooseOwnForm,
  openRtcSession,
  ROOM_CALL_SLOT,
  type MatrixFeatures,
  type RoomId,
  type RtcSession,
  type UserId,
} from "@conclave/matrix-rtc";

import { CuttableNetwork } from "./CuttableNetwork.ts";
import { type Device, LEAVE_DELAY_MS, memberLine, type RtcClient, SERVICE_URL, type SharedLayer } from "./RtcClient.ts";
import type { TestRoom, TestUser } from "./TestRoom.ts";

const TRANSPORT = { type: "livekit", serviceUrl: SERVICE_URL } as const;

interface Joined {
  readonly session: RtcSession;
  readonly scope: Scope;
  intent: CallIntent;
}

/** Our session over our HTTP adapter, as a call has it. */
export class ConclaveClient implements RtcClient {
  readonly kind = "conclave";
  readonly #matrix: MatrixSession;
  readonly #roomId: RoomId;
  readonly #features: MatrixFeatures;
  readonly #network: CuttableNetwork;
  readonly #scope: Scope;
  /** Sees the call before and after it is in it, like a lobby. */
  readonly #watching: RtcSession;
  #joined: Joined | undefined;

  private constructor(matrix: MatrixSession, features: MatrixFeatures, parts: Parts) {
    this.#matrix = matrix;
    this.#features = features;
    this.#network = parts.network;
    this.#scope = parts.scope;
    this.#roomId = parts.roomId;
    this.#watching = this.#open("deployed", parts.scope);
  }

  static async start(room: TestRoom, user: TestUser): Promise<ConclaveClient> {
    const network = new CuttableNetwork(room.server.fetch);
    const scope = new Scope();
    const options = {
      homeserverUrl: room.server.url,
      account: new NewDevice(room.server.url, user),
      cryptoStoreName: "walk",
      fetch: network.fetch,
      logger: silentLogger,
    };
    const matrix = await openMatrixHttp(options, scope);
    const roomId = room.roomId as RoomId;
    // Restarts come in half the time that the homeserver is said to allow.
    const features = { ...(await matrix.readFeatures()), maxDelayMs: LEAVE_DELAY_MS };
    await Promise.all([
      until(scope, matrix.watchRoom(roomId, scope), (view) => view !== undefined),
      matrix.cryptoReady,
    ]);
    return new ConclaveClient(matrix, features, { network, scope, roomId });
  }

  get userId(): string {
    return this.#matrix.self.userId;
  }

  get deviceId(): string {
    return this.#matrix.self.deviceId;
  }

  async join(layer: SharedLayer): Promise<string> {
    const scope = this.#scope.child();
    const session = this.#open(layer, scope);
    if (session.form.layer !== layer) throw new Error(`Fell back: ${JSON.stringify(session.form.insteadOf)}`);
    this.#joined = { session, scope, intent: "audio" };
    await session.publishMembership(TRANSPORT, "audio");
    return session.self.memberId;
  }

  async refresh(): Promise<void> {
    if (!this.#joined) throw new Error("Not joined");
    this.#joined.intent = this.#joined.intent === "audio" ? "video" : "audio";
    await this.#joined.session.publishMembership(TRANSPORT, this.#joined.intent);
  }

  async leave(): Promise<void> {
    const joined = this.#joined;
    this.#joined = undefined;
    await joined?.session.leave();
    await joined?.scope.end();
  }

  kill(): void {
    this.#network.cut();
    void this.#scope.end();
  }

  async canReach(devices: readonly Device[]): Promise<boolean> {
    const others = devices
      .filter(({ deviceId }) => deviceId !== this.deviceId)
      .map(({ userId, deviceId }) => ({ userId: userId as UserId, deviceId: deviceId as DeviceId }));
    const outcomes = await this.#matrix.sendEncryptedToDevice("io.conclave.test", others, {});
    return outcomes.every(({ result }) => result === "sent");
  }

  members(): readonly string[] {
    return (this.#joined?.session ?? this.#watching).members.get().map(memberLine);
  }

  #open(layer: SharedLayer, scope: Scope): RtcSession {
    const deps = { matrix: this.#matrix, clock: systemClock, logger: silentLogger };
    const formDeps = {
      self: this.#matrix.self,
      randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    };
    const form = chooseOwnForm(formDeps, layer, this.#features);
    return openRtcSession(deps, { roomId: this.#roomId, slot: ROOM_CALL_SLOT, features: this.#features, form }, scope);
  }
}

interface Parts {
  readonly network: CuttableNetwork;
  readonly scope: Scope;
  readonly roomId: RoomId;
}

/** An account whose keys are gone from this machine: each client becomes a device of its own. */
class NewDevice implements AccountStore {
  readonly #account: StoredAccount;

  constructor(homeserverUrl: string, user: TestUser) {
    this.#account = { homeserverUrl, ...user, accessToken: "long gone" };
  }

  load(): Promise<StoredAccount> {
    return Promise.resolve(this.#account);
  }

  async save(): Promise<void> {}

  async clear(): Promise<void> {}
}
