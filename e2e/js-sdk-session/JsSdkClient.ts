import { randomUUID } from "node:crypto";

import { ClientEvent, createClient, type MatrixClient } from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import type { MatrixRTCSession } from "matrix-js-sdk/lib/matrixrtc/index.js";

import { CuttableNetwork } from "./CuttableNetwork.ts";
import {
  type Device,
  LEAVE_DELAY_MS,
  memberLine,
  RESTART_MS,
  type RtcClient,
  SERVICE_URL,
  type SharedLayer,
} from "./RtcClient.ts";
import type { TestRoom, TestUser } from "./TestRoom.ts";

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => quiet };
// Its sessions ignore the logger that a client is given.
logger.getChild = () => quiet;
(logger as unknown as { setLevel(level: string): void }).setLevel("silent");

const TRANSPORT = { type: "livekit", livekit_service_url: SERVICE_URL } as const;
const FINAL_LEAVE_MS = 5_000;

/** matrix-js-sdk's own `MatrixRTCSession`, as it comes from npm. */
export class JsSdkClient implements RtcClient {
  readonly kind = "matrix-js-sdk";
  readonly #client: MatrixClient;
  readonly #session: MatrixRTCSession;
  readonly #network: CuttableNetwork;
  #intent: "audio" | "video" = "audio";

  private constructor(client: MatrixClient, session: MatrixRTCSession, network: CuttableNetwork) {
    this.#client = client;
    this.#session = session;
    this.#network = network;
  }

  static async start(room: TestRoom, user: TestUser): Promise<JsSdkClient> {
    const { access_token: accessToken, device_id: deviceId } = await room.logIn(user);
    const network = new CuttableNetwork(room.server.fetch);
    const { userId } = user;
    const { url: baseUrl } = room.server;
    const client = createClient({ baseUrl, userId, deviceId, accessToken, fetchFn: network.fetch, logger: quiet });
    if (room.isEncrypted) await client.initRustCrypto({ useIndexedDB: false });
    await client.startClient();
    await new Promise((resolve) => void client.once(ClientEvent.Sync, resolve));
    const joined = client.getRoom(room.roomId);
    if (!joined) throw new Error("The room has not come");
    const session = client.matrixRTC.getRoomSession(joined);
    // A session shows those who are there already at the next event only (matrixrtc.md 17.2 no. 29).
    await session.ensureRecalculateSessionMembers();
    return new JsSdkClient(client, session, network);
  }

  get userId(): string {
    return this.#client.getSafeUserId();
  }

  get deviceId(): string {
    return this.#client.getDeviceId() ?? "";
  }

  join(layer: SharedLayer): Promise<string> {
    const { userId, deviceId } = this;
    const memberId = layer === "sticky" ? randomUUID() : `${userId}:${deviceId}`;
    this.#intent = "audio";
    this.#session.joinRTCSession({ userId, deviceId, memberId }, [TRANSPORT], TRANSPORT, {
      unstableSendStickyEvents: layer === "sticky",
      delayedLeaveEventDelayMs: LEAVE_DELAY_MS,
      delayedLeaveEventRestartMs: RESTART_MS,
      callIntent: this.#intent,
    });
    return Promise.resolve(memberId);
  }

  async refresh(): Promise<void> {
    this.#intent = this.#intent === "audio" ? "video" : "audio";
    await this.#session.updateCallIntent(this.#intent);
  }

  async leave(): Promise<void> {
    await this.#session.leaveRoomSession(FINAL_LEAVE_MS);
  }

  kill(): void {
    this.#network.cut();
    this.#client.stopClient();
  }

  async canReach(devices: readonly Device[]): Promise<boolean> {
    const users = devices.map(({ userId }) => userId);
    const known = await this.#client.getCrypto()?.getUserDeviceInfo(users, true);
    return devices.every(({ userId, deviceId }) => known?.get(userId)?.has(deviceId));
  }

  members(): readonly string[] {
    return this.#session.memberships.map(({ userId, deviceId, memberId, callIntent }) =>
      memberLine({ userId, deviceId, memberId, intent: callIntent }),
    );
  }
}
