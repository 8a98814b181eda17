declare module "livekit-client/frame-cryptor" {
  export const encryptionEnabledMap: Map<string, boolean>;
  export class FrameCryptor {
    constructor(options: { keys: unknown; participantIdentity: string; keyProviderOptions: object });
    setVideoCodec(codec: string): void;
  }
}
declare module "livekit-client/participant-key-handler" {
  export class ParticipantKeyHandler {
    constructor(identity: string, options: object);
    setKey(material: CryptoKey, keyIndex: number): Promise<void>;
  }
}
