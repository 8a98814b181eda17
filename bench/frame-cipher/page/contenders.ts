import { encodedFrames, passFrame, TransformSet } from "@conclave/frame-crypto";
import { systemClock } from "@conclave/kit";
import { encryptionEnabledMap, FrameCryptor } from "livekit-client/frame-cryptor";
import { ParticipantKeyHandler } from "livekit-client/participant-key-handler";

import { type BenchFrame, clearBytesOf, kindOf } from "./BenchFrame.ts";

/** Does its work on `frame.data`; leaves the frame alone if it refuses it. */
export type Cryptor = (frame: BenchFrame) => Promise<unknown>;

export interface Contender {
  readonly encrypt: Cryptor;
  readonly decrypt: Cryptor;
}

export type ContenderName = "ours" | "livekit" | "floor";

const MEMBER = "alice";
const KEY_INDEX = 3;
const IV_BYTES = 12;
const TRAILER_BYTES = 2;
const NOWHERE = { enqueue: (): void => {} };
const POLICY = { ratchetSalt: "LKFrameEncryptionKey", keyringSize: 256, keySize: 128, sharedKey: false };

/** All three with one key, for frames of one size. */
export async function createContenders(
  raw: Uint8Array<ArrayBuffer>,
  sizeBytes: number,
): Promise<Record<ContenderName, Contender>> {
  return {
    ours: await createOurs(raw.slice(), sizeBytes),
    livekit: await createLiveKit(raw, sizeBytes),
    floor: await createFloor(raw, clearBytesOf(sizeBytes)),
  };
}

async function createOurs(raw: Uint8Array<ArrayBuffer>, sizeBytes: number): Promise<Contender> {
  const transforms = new TransformSet({
    clock: systemClock,
    randomUint32: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
    frames: encodedFrames,
    policy: () => "required",
    report: () => {},
    needKeyFrame: () => {},
  });
  await transforms.keys.setKey(MEMBER, KEY_INDEX, raw);
  transforms.keys.useSenderKey(MEMBER, KEY_INDEX);
  const setup = { ownerId: MEMBER, kind: kindOf(sizeBytes), payloadTypes: [] } as const;
  const sender = transforms.open({ ...setup, transformId: "out", direction: "send" });
  const receiver = transforms.open({ ...setup, transformId: "in", direction: "receive" });
  return {
    encrypt: (frame) => passFrame(sender, frame, NOWHERE),
    decrypt: (frame) => passFrame(receiver, frame, NOWHERE),
  };
}

/** As Element Call sets it up, but for the tolerance: with it, LiveKit would give the key up after ten bad frames. */
async function createLiveKit(raw: Uint8Array<ArrayBuffer>, sizeBytes: number): Promise<Contender> {
  const options = { ...POLICY, ratchetWindowSize: 10, failureTolerance: -1 };
  const keys = new ParticipantKeyHandler(MEMBER, options);
  const material = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveBits", "deriveKey"]);
  await keys.setKey(material, KEY_INDEX);
  encryptionEnabledMap.set(MEMBER, true);
  const cryptor = new FrameCryptor({ keys, participantIdentity: MEMBER, keyProviderOptions: options });
  if (kindOf(sizeBytes) === "video") cryptor.setVideoCodec("vp8");
  // Protected in its types: what its TransformStream calls for each frame.
  const inner = cryptor as unknown as Record<"encodeFunction" | "decodeFunction", typeof run>;
  function run(_frame: BenchFrame, _next: typeof NOWHERE): Promise<unknown> {
    return Promise.resolve();
  }
  return {
    encrypt: (frame) => inner.encodeFunction(frame, NOWHERE),
    decrypt: (frame) => inner.decodeFunction(frame, NOWHERE),
  };
}

/** WebCrypto with nothing around it: one call for each frame, on the same bytes. */
async function createFloor(raw: Uint8Array<ArrayBuffer>, clearBytes: number): Promise<Contender> {
  const material = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);
  const hkdf = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new TextEncoder().encode(POLICY.ratchetSalt),
    info: new Uint8Array(128),
  };
  const aes = { name: "AES-GCM", length: 128 };
  const key = await crypto.subtle.deriveKey(hkdf, material, aes, false, ["encrypt", "decrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  return {
    encrypt: ({ data }) =>
      crypto.subtle.encrypt(
        { name: "AES-GCM", iv, additionalData: new Uint8Array(data, 0, clearBytes) },
        key,
        new Uint8Array(data, clearBytes),
      ),
    decrypt: ({ data }) => {
      const ivAt = data.byteLength - IV_BYTES - TRAILER_BYTES;
      const parameters = {
        name: "AES-GCM",
        iv: new Uint8Array(data, ivAt, IV_BYTES),
        additionalData: new Uint8Array(data, 0, clearBytes),
      };
      // A frame that fails costs its rejection too.
      return crypto.subtle
        .decrypt(parameters, key, new Uint8Array(data, clearBytes, ivAt - clearBytes))
        .catch(() => undefined);
    },
  };
}
