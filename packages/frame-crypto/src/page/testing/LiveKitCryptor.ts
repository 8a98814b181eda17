import type { Scope } from "@conclave/kit";
import LiveKitWorker from "livekit-client/e2ee-worker?worker";

/** As Element Call sets it up. */
const KEY_PROVIDER_OPTIONS = {
  sharedKey: false,
  ratchetSalt: "LKFrameEncryptionKey",
  ratchetWindowSize: 10,
  failureTolerance: 10,
  keyringSize: 256,
  keySize: 128,
};

/** A data packet as livekit-client's worker gives and takes it. */
export interface LiveKitPacket {
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly keyIndex: number;
}

interface LiveKitAnswer {
  readonly kind: string;
  readonly data: { readonly uuid: string };
}

/** Drives livekit-client's own, unmodified E2EE worker by its messages, for one participant. */
export class LiveKitCryptor {
  readonly #worker: Worker = new LiveKitWorker();
  readonly #identity: string;

  constructor(scope: Scope, identity: string) {
    this.#identity = identity;
    this.#post("init", { keyProviderOptions: KEY_PROVIDER_OPTIONS, loglevel: "silent" });
    this.#post("enable", { participantIdentity: identity, enabled: true });
    scope.onEnd(() => this.#worker.terminate());
  }

  async setKey(keyIndex: number, raw: Uint8Array<ArrayBuffer>): Promise<void> {
    const key = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveBits", "deriveKey"]);
    this.#post("setKey", {
      participantIdentity: this.#identity,
      isPublisher: true,
      key,
      keyIndex,
      updateCurrentKeyIndex: true,
    });
  }

  ratchet(keyIndex: number): void {
    this.#post("ratchetRequest", { participantIdentity: this.#identity, keyIndex });
  }

  attach(target: RTCRtpSender | RTCRtpReceiver, kind: "encode" | "decode", codec: string): void {
    target.transform = new RTCRtpScriptTransform(this.#worker, {
      kind,
      participantIdentity: this.#identity,
      trackId: crypto.randomUUID(),
      codec: codec === "opus" ? undefined : codec,
      hasPacketTrailer: false,
    });
  }

  /** As its page asks for a data packet of ours to be encrypted. */
  encryptData(payload: Uint8Array<ArrayBuffer>): Promise<LiveKitPacket> {
    return this.#ask("encryptData", { payload });
  }

  /** Rejects if LiveKit cannot decrypt it. */
  async decryptData(packet: LiveKitPacket): Promise<Uint8Array> {
    const { payload } = await this.#ask<{ readonly payload?: Uint8Array }>("decryptData", packet);
    if (payload === undefined) throw new Error("LiveKit did not decrypt it");
    return payload;
  }

  #ask<A>(what: string, question: object): Promise<A> {
    const uuid = crypto.randomUUID();
    return new Promise<A>((resolve) => {
      const hear = ({ data }: MessageEvent<LiveKitAnswer>): void => {
        if (data.kind !== `${what}Response` || data.data.uuid !== uuid) return;
        this.#worker.removeEventListener("message", hear);
        resolve(data.data as A);
      };
      this.#worker.addEventListener("message", hear);
      this.#post(`${what}Request`, { ...question, uuid, participantIdentity: this.#identity });
    });
  }

  #post(kind: string, data: object): void {
    this.#worker.postMessage({ kind, data });
  }
}
