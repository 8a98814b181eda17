import { BaseKeyProvider } from "livekit-client";
import { MatrixRTCSessionEvent, type MatrixRTCSession } from "matrix-js-sdk/lib/matrixrtc/index.js";

/** Hands the sender keys of a MatrixRTC session to LiveKit's own frame cryptor, with Element Call's settings. */
export class MatrixKeys extends BaseKeyProvider {
  /** How many keys arrived, by participant identity. */
  readonly received = new Map<string, number>();

  constructor(session: MatrixRTCSession) {
    super({ ratchetWindowSize: 10, keyringSize: 256 });
    session.on(MatrixRTCSessionEvent.EncryptionKeyChanged, (key, index, _membership, identity) => {
      void this.#install(key, index, identity);
    });
  }

  async #install(key: Uint8Array<ArrayBuffer>, index: number, identity: string): Promise<void> {
    const material = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits", "deriveKey"]);
    this.received.set(identity, (this.received.get(identity) ?? 0) + 1);
    this.onSetEncryptionKey(material, identity, index);
  }
}
