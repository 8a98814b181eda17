import { dispose, type Room } from "@livekit/rtc-node";

/** States of a frame cryptor of the library. @see `EncryptionState` of the library */
export const CRYPTOR_STATE = { new: 0, ok: 1, encryptionFailed: 2, decryptionFailed: 3, missingKey: 4 } as const;

export type E2eeMessage =
  | {
      readonly case: "setKey";
      readonly value: {
        readonly participantIdentity: string;
        readonly key: Uint8Array<ArrayBuffer>;
        readonly keyIndex: number;
      };
    }
  | {
      readonly case: "cryptorSetKeyIndex";
      readonly value: { readonly participantIdentity: string; readonly trackSid: string; readonly keyIndex: number };
    };

type FfiClient = NonNullable<typeof globalThis._ffiClientInstance>;
type FfiEvent = Parameters<Parameters<FfiClient["on"]>[1]>[0];

let holders = 0;
let ending: Promise<void> = Promise.resolve();

/**
 * Keeps the library loaded until the returned function is called. Its threads keep a process alive, so the last who lets
 * go ends them; whoever comes later gets a fresh one.
 */
export function holdLibrary(): () => Promise<void> {
  holders += 1;
  let isHeld = true;
  return () => {
    if (!isHeld) return ending;
    isHeld = false;
    holders -= 1;
    if (holders === 0) ending = endLibrary();
    return ending;
  };
}

async function endLibrary(): Promise<void> {
  if (!globalThis._ffiClientInstance) return;
  // The library's binding keeps its ended client otherwise, and every later call would hang.
  globalThis._ffiClientInstance = undefined;
  await dispose();
}

/** Resolves when a fresh library may be started: not while the last one is being ended. */
export function libraryReady(): Promise<void> {
  return ending;
}

/**
 * Sends a request about encryption past the library's own classes, which forget the key and the track.
 *
 * @see livekit.md 7.2
 */
export function requestE2ee(room: Room, message: E2eeMessage): void {
  const roomHandle = handleOf(room);
  const client = globalThis._ffiClientInstance;
  if (roomHandle === undefined || !client) return;
  client.request({ message: { case: "e2ee", value: { roomHandle, message } } });
}

/** Mutes or unmutes a published track, which the library's classes cannot. */
export function requestMute(trackHandle: bigint, mute: boolean): void {
  globalThis._ffiClientInstance?.request({ message: { case: "localTrackMute", value: { trackHandle, mute } } });
}

/** Calls `listener` for each change of a cryptor's state in the room. @returns a function that stops it */
export function watchCryptors(room: Room, listener: (identity: string, state: number) => void): () => void {
  const client = globalThis._ffiClientInstance;
  const entry = ({ message }: FfiEvent): void => {
    if (message.case !== "roomEvent" || message.value.roomHandle !== handleOf(room)) return;
    const event = message.value.message;
    if (event.case === "e2eeStateChanged") listener(event.value.participantIdentity ?? "", event.value.state ?? 0);
  };
  client?.on("ffi_event", entry);
  return () => void client?.off("ffi_event", entry);
}

function handleOf(room: Room): bigint | undefined {
  return room["ffiHandle"]?.handle;
}
