import type { MatrixClient, MatrixEvent, ReceivedToDeviceMessage } from "matrix-js-sdk";

/** Who encrypted something, as the widget is told. */
export interface EncryptedBy {
  readonly device_id: string;
  readonly is_cross_signed: boolean;
}

export interface Address {
  readonly userId: string;
  readonly deviceId: string;
}

/** What the client's crypto knows of devices, for widgets that want to know more than that something was encrypted. */
export class Devices {
  readonly #client: MatrixClient;

  constructor(client: MatrixClient) {
    this.#client = client;
  }

  /** Looks up what is not known yet. */
  async learn(addresses: readonly Address[]): Promise<void> {
    const crypto = this.#client.getCrypto();
    const userIds = [...new Set(addresses.map(({ userId }) => userId))];
    const known = await crypto?.getUserDeviceInfo(userIds, false);
    const unknown = addresses.filter(({ userId, deviceId }) => !known?.get(userId)?.has(deviceId));
    if (unknown.length > 0) await crypto?.getUserDeviceInfo([...new Set(unknown.map(({ userId }) => userId))], true);
  }

  async ofMessage({ message, encryptionInfo }: ReceivedToDeviceMessage): Promise<EncryptedBy | undefined> {
    if (!encryptionInfo?.senderDevice) return undefined;
    const { senderDevice: deviceId, senderCurve25519KeyBase64: key } = encryptionInfo;
    await this.learn([{ userId: message.sender, deviceId }]);
    const devices = await this.#devicesOf(message.sender);
    const published = devices?.get(deviceId)?.getIdentityKey();
    // The session was opened with another key than the device has: whoever it is, it is not that device.
    if (published !== undefined && published !== key) return undefined;
    return this.#describe(message.sender, deviceId);
  }

  async ofEvent(event: MatrixEvent): Promise<EncryptedBy | undefined> {
    const [sender, key] = [event.getSender(), event.getSenderKey()];
    if (!event.isEncrypted() || sender === undefined || key === null) return undefined;
    const device = Array.from((await this.#devicesOf(sender))?.values() ?? []).find(
      (candidate) => candidate.getIdentityKey() === key,
    );
    return device && this.#describe(sender, device.deviceId);
  }

  async #devicesOf(userId: string) {
    return (await this.#client.getCrypto()?.getUserDeviceInfo([userId], true))?.get(userId);
  }

  async #describe(userId: string, deviceId: string): Promise<EncryptedBy> {
    const status = await this.#client.getCrypto()?.getDeviceVerificationStatus(userId, deviceId);
    return { device_id: deviceId, is_cross_signed: status?.signedByOwner ?? false };
  }
}
