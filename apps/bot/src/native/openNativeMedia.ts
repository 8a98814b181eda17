import type { MediaKind } from "@conclave/frame-crypto";
import type { Clock, Logger } from "@conclave/kit";

import type { BotMedia } from "../BotMedia.ts";
import { mediaPersonOf } from "../media/index.ts";
import type { BotSpec, MediaProfile } from "../model.ts";
import { SendLog } from "../SendLog.ts";
import { WireCount } from "../sfu/WireCount.ts";
import { browserTypes } from "./browserTypes.ts";
import { createNativeSfu } from "./createNativeSfu.ts";
import { NativeFrameCrypto } from "./NativeFrameCrypto.ts";
import { holdLibrary } from "./nativeLibrary.ts";
import { NativeLedger } from "./NativeLedger.ts";
import { NativeTrack } from "./NativeTrack.ts";
import { pictureFeed } from "./pictureFeed.ts";
import { soundFeed } from "./soundFeed.ts";

export interface NativeMediaDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  /** The bot behind an SFU identity. */
  readonly numberOf: (identity: string) => number | undefined;
}

/** Packets of 20 ms in one block of captured sound. */
const PACKETS_PER_BLOCK = 2;

/**
 * The native tier: LiveKit's library encodes, encrypts, decrypts and decodes, and the decoded content is judged.
 *
 * The library lives as long as one of these in the process; its threads keep the process alive until then.
 */
export function openNativeMedia(deps: NativeMediaDeps, spec: BotSpec, profile: MediaProfile): BotMedia {
  const { clock, logger, numberOf, randomBytes } = deps;
  const person = mediaPersonOf(spec.number);
  const ledger = new NativeLedger(clock, numberOf);
  const log = new SendLog();
  const wire = new WireCount();
  const captured = (kind: MediaKind): void => {
    const frames = kind === "audio" ? PACKETS_PER_BLOCK : 1;
    for (let frame = 0; frame < frames; frame++) log.note(kind, clock.nowMs());
  };
  const releaseLibrary = holdLibrary();
  return {
    sfu: createNativeSfu({ clock, logger, ledger, captured, wire }),
    createFrameCrypto: (policy) => new NativeFrameCrypto({ policy, randomBytes }),
    createMicrophone: () => browserTypes.asMediaStreamTrack(new NativeTrack("audio", soundFeed(person.toneHz))),
    createCamera: () =>
      browserTypes.asMediaStreamTrack(new NativeTrack("video", pictureFeed(person, profile.videoFramesPerSecond))),
    streams: (names) => ledger.reports(names),
    sent: () => log.intervals(),
    bytes: () => wire.read(),
    close: () => releaseLibrary(),
  };
}
