import { EncryptionType, type KeyProviderOptions, type RoomOptions } from "@livekit/rtc-node";
import { utf8 } from "@conclave/kit";

/** `KeyDerivationFunction.HKDF` of the library. */
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the library does not export the enum
const HKDF: NonNullable<KeyProviderOptions["keyDerivationFunction"]> = 1;
/**
 * The most that the library has; it takes a larger ring for this one. MatrixRTC has one index more: frames of others that
 * name it are dropped, but the library aborts the process when its own sender uses it.
 */
export const KEY_RING_SIZE = 255;
/** A key never counts as bad for ever: the right one may come late. */
const ANY_NUMBER_OF_FAILURES = -1;

/** How a room is used here: keys per participant, frames as other MatrixRTC clients write them. @see livekit.md 5.3, 7.2 */
export function roomOptions(isEncrypted: boolean): RoomOptions {
  const keyProviderOptions: KeyProviderOptions = {
    ratchetSalt: utf8("LKFrameEncryptionKey"),
    ratchetWindowSize: 10,
    failureTolerance: ANY_NUMBER_OF_FAILURES,
    keyRingSize: KEY_RING_SIZE,
    keyDerivationFunction: HKDF,
  };
  return {
    autoSubscribe: true,
    dynacast: false,
    ...(isEncrypted ? { encryption: { encryptionType: EncryptionType.GCM, keyProviderOptions } } : {}),
  };
}
