import type { PacketResult, SealedPacket } from "../dataPacket.ts";
import type { AesKeyBits } from "../FrameCipher.ts";
import type { FrameCryptoErrorCode } from "../errors.ts";
import type { TransformReport } from "../outcome.ts";
import type { TransformSetup } from "../transform/TransformSetup.ts";

export type { TransformSetup };

/** From the page to the worker. Keys are transferred, not copied. */
export type ToWorker =
  | {
      readonly type: "configure";
      readonly policy: "required" | "off";
      /** How many workers of this call came before: IVs of two of them never meet. */
      readonly generation: number;
    }
  | {
      readonly type: "attach";
      readonly setup: TransformSetup;
      readonly readable: ReadableStream<EncodedFrame>;
      readonly writable: WritableStream<EncodedFrame>;
    }
  /** The transceiver is used for another track: same pipe, new meaning. */
  | { readonly type: "retarget"; readonly setup: TransformSetup }
  | {
      readonly type: "setKey";
      readonly ownerId: string;
      readonly index: number;
      readonly key: ArrayBuffer;
      readonly keyBits?: AesKeyBits;
    }
  | { readonly type: "setPassword"; readonly ownerId: string; readonly index: number; readonly password: string }
  | { readonly type: "useSenderKey"; readonly ownerId: string; readonly index: number }
  | { readonly type: "suspendSender"; readonly ownerId: string }
  | { readonly type: "forget"; readonly ownerId: string }
  | { readonly type: "encryptPacket"; readonly requestId: number; readonly ownerId: string; readonly plain: Bytes }
  | {
      readonly type: "decryptPacket";
      readonly requestId: number;
      readonly ownerId: string;
      readonly packet: SealedPacket;
    };

/** From the worker to the page. */
export type FromWorker =
  | { readonly type: "report"; readonly report: TransformReport }
  /** Of a sender, whose encoder only the page can reach. */
  | { readonly type: "keyFrameNeeded"; readonly transformId: string }
  /** `packet` is missing if there is no key to encrypt with. */
  | { readonly type: "packetEncrypted"; readonly requestId: number; readonly packet: SealedPacket | undefined }
  | { readonly type: "packetDecrypted"; readonly requestId: number; readonly result: PacketResult }
  | { readonly type: "fault"; readonly code: FrameCryptoErrorCode | "unexpected" };

type Bytes = Uint8Array<ArrayBuffer>;
export type EncodedFrame = RTCEncodedAudioFrame | RTCEncodedVideoFrame;

const TO_WORKER_TYPES: ReadonlySet<string> = new Set<ToWorker["type"]>([
  "configure",
  "attach",
  "retarget",
  "setKey",
  "setPassword",
  "useSenderKey",
  "suspendSender",
  "forget",
  "encryptPacket",
  "decryptPacket",
]);

const FROM_WORKER_TYPES: ReadonlySet<string> = new Set<FromWorker["type"]>([
  "report",
  "keyFrameNeeded",
  "packetEncrypted",
  "packetDecrypted",
  "fault",
]);

/** Reads a message from the page; `undefined` if it is none of ours. */
export function tryToWorker(data: unknown): ToWorker | undefined {
  const message = data as Partial<ToWorker> | null;
  if (typeof message !== "object" || message === null || !TO_WORKER_TYPES.has(String(message.type))) return undefined;
  return message as ToWorker;
}

/** Reads a message from the worker; `undefined` if it is none of ours. */
export function tryFromWorker(data: unknown): FromWorker | undefined {
  const message = data as Partial<FromWorker> | null;
  if (typeof message !== "object" || message === null) return undefined;
  return FROM_WORKER_TYPES.has(String(message.type)) ? (message as FromWorker) : undefined;
}

/** Reads the options of a script transform; `undefined` if they are none of ours. */
export function tryTransformSetup(options: unknown): TransformSetup | undefined {
  const setup = options as Partial<TransformSetup> | null;
  if (typeof setup !== "object" || setup === null) return undefined;
  const isOurs =
    typeof setup.transformId === "string" &&
    typeof setup.ownerId === "string" &&
    (setup.direction === "send" || setup.direction === "receive") &&
    (setup.kind === "audio" || setup.kind === "video");
  return isOurs ? (setup as TransformSetup) : undefined;
}
