import { Room as SfuRoom, RoomEvent, Track, type RemoteParticipant, type RemoteTrack } from "livekit-client";
import { ClientEvent, type MatrixClient, type Room } from "matrix-js-sdk";
import type { LivekitTransportConfig, MatrixRTCSession } from "matrix-js-sdk/lib/matrixrtc/index.js";

import { MatrixKeys } from "./MatrixKeys.ts";
import { signIn } from "./signIn.ts";

export interface ElementLikeOptions {
  readonly homeserverUrl: string;
  readonly displayName: string;
  readonly roomAlias: string;
}

/**
 * A call made of the parts that Element Call is made of, all unmodified: matrix-js-sdk's MatrixRTCSession, livekit-client
 * and its E2EE worker, joined in the order and with the settings of its `compatibility` mode.
 */
export class ElementLikeCall {
  readonly session: MatrixRTCSession;
  readonly #client: MatrixClient;
  readonly #room: Room;
  readonly #sfu: SfuRoom;
  readonly #keys: MatrixKeys;

  private constructor(client: MatrixClient, room: Room) {
    this.#client = client;
    this.#room = room;
    this.session = client.matrixRTC.getRoomSession(room);
    this.#keys = new MatrixKeys(this.session);
    this.#sfu = new SfuRoom({
      adaptiveStream: false,
      dynacast: true,
      publishDefaults: { videoCodec: "vp8", red: false, dtx: true },
      e2ee: {
        keyProvider: this.#keys,
        worker: new Worker(new URL("livekit-client/e2ee-worker", import.meta.url), { type: "module" }),
      },
    });
  }

  static async join(options: ElementLikeOptions): Promise<ElementLikeCall> {
    const client = await signIn(options.homeserverUrl, options.displayName);
    const room = await client.joinRoom(options.roomAlias);
    await roomArrived(client, room.roomId);
    const call = new ElementLikeCall(client, client.getRoom(room.roomId)!);
    await call.#start();
    return call;
  }

  /** User ids of the members that MatrixRTCSession lists. */
  memberUserIds(): string[] {
    return this.session.memberships.map((membership) => membership.userId);
  }

  keysReceived(): Record<string, number> {
    return Object.fromEntries(this.#keys.received);
  }

  /** How many devices of the others in the room matrix-js-sdk's crypto knows: it sends no key to one that it does not. */
  async knownDevices(): Promise<number> {
    const others = this.#room.getJoinedMembers().filter((member) => member.userId !== this.#client.getSafeUserId());
    const devices = await this.#client.getCrypto()!.getUserDeviceInfo(others.map((member) => member.userId));
    return [...devices.values()].reduce((sum, ofUser) => sum + ofUser.size, 0);
  }

  async leave(): Promise<void> {
    await this.session.leaveRoomSession(5_000);
    await this.#sfu.disconnect();
    this.#client.stopClient();
  }

  async #start(): Promise<void> {
    const [transport] = (await this.#client._unstable_getRTCTransports()) as LivekitTransportConfig[];
    const grant = await this.#authorize(transport!);
    this.#sfu.on(RoomEvent.TrackSubscribed, (track, _publication, participant) => this.#show(track, participant));
    await this.#sfu.setE2EEEnabled(true);
    await this.#sfu.connect(grant.url, grant.jwt);
    const userId = this.#client.getSafeUserId();
    const deviceId = this.#client.getDeviceId()!;
    this.session.joinRTCSession({ userId, deviceId, memberId: `${userId}:${deviceId}` }, [transport!], transport, {
      manageMediaKeys: true,
      callIntent: "video",
    });
    await this.#sfu.localParticipant.setCameraEnabled(true, { resolution: { width: 320, height: 180, frameRate: 15 } });
    await this.#sfu.localParticipant.setMicrophoneEnabled(true, {
      noiseSuppression: false,
      echoCancellation: false,
      autoGainControl: false,
    });
  }

  async #authorize(transport: LivekitTransportConfig): Promise<{ url: string; jwt: string }> {
    const response = await fetch(`${transport.livekit_service_url}/sfu/get`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        room: this.#room.roomId,
        openid_token: await this.#client.getOpenIdToken(),
        device_id: this.#client.getDeviceId(),
      }),
    });
    if (!response.ok) throw new Error(`The service answered ${response.status}`);
    return (await response.json()) as { url: string; jwt: string };
  }

  #show(track: RemoteTrack, participant: RemoteParticipant): void {
    const element = track.attach();
    if (track.kind === Track.Kind.Audio) {
      document.body.append(element);
      return;
    }
    const membership = this.session.memberships.find((member) => member.rtcBackendIdentity === participant.identity);
    const tile = document.createElement("div");
    tile.dataset["testid"] = "tile";
    tile.dataset["memberId"] = participant.identity;
    const userId = membership?.userId ?? participant.identity;
    tile.append(this.#room.getMember(userId)?.rawDisplayName ?? userId, element);
    document.body.append(tile);
  }
}

/** `joinRoom` may answer before the sync has brought the room's state. */
async function roomArrived(client: MatrixClient, roomId: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!client.getRoom(roomId)?.hasEncryptionStateEvent()) return;
      client.off(ClientEvent.Sync, look);
      resolve();
    };
    client.on(ClientEvent.Sync, look);
    look();
  });
}
