import type { CallDeps, SfuClient, SfuConnection } from "@conclave/call";
import type { MediaKind } from "@conclave/frame-crypto";
import type { Clock, Logger } from "@conclave/kit";

import type { BotMedia } from "../BotMedia.ts";
import { createNodeFrameCrypto, tamperFor } from "../crypto/index.ts";
import { createCamera, createMicrophone, mediaPersonOf } from "../media/index.ts";
import type { BotSpec, MediaProfile } from "../model.ts";
import { asMediaStreamTrack, createProtocolSfu, type FrameSource, ProtocolTrack } from "../rtc/index.ts";
import { SendLog } from "../SendLog.ts";
import { countedSource } from "./countedSource.ts";
import { FrameLedger } from "./FrameLedger.ts";
import { EPOCH_SIZE } from "./NumberRange.ts";

export interface ProtocolMediaDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  /** The bot behind an SFU identity. */
  readonly numberOf: (identity: string) => number | undefined;
}

/** The protocol tier: media made ahead of time, really encrypted, each frame checked by its stamp. */
export function openProtocolMedia(deps: ProtocolMediaDeps, spec: BotSpec, profile: MediaProfile): BotMedia {
  const { clock, logger, randomBytes } = deps;
  const ledger = new FrameLedger(clock, deps.numberOf);
  const log = new SendLog();
  const person = mediaPersonOf(spec.number);
  let epoch = 0;
  const track = (make: (firstNumber: number) => FrameSource, kind: MediaKind): MediaStreamTrack => {
    const source = make(epoch++ * EPOCH_SIZE);
    return asMediaStreamTrack(new ProtocolTrack(kind, countedSource(source, log)));
  };
  const createFrameCrypto: CallDeps["createFrameCrypto"] = (policy) => {
    ledger.beginStay();
    const tamper = tamperFor(spec);
    const randomUint32 = (): number => new DataView(randomBytes(4).buffer).getUint32(0);
    return createNodeFrameCrypto({ policy, clock, randomUint32, witness: ledger, logger, ...(tamper && { tamper }) });
  };
  return {
    sfu: createProtocolSfu({ clock, logger }),
    createFrameCrypto,
    createMicrophone: () =>
      track(
        (firstNumber) =>
          createMicrophone({
            sender: spec.number,
            toneHz: person.toneHz,
            frameMs: profile.audioFrameMs,
            firstNumber,
          }),
        "audio",
      ),
    createCamera: () =>
      track(
        (firstNumber) =>
          createCamera({
            sender: spec.number,
            colour: person.colour,
            personId: person.personId,
            framesPerSecond: profile.videoFramesPerSecond,
            frameBytes: profile.videoFrameBytes,
            firstNumber,
          }),
        "video",
      ),
    streams: () => ledger.reports(),
    sent: () => log.intervals(),
    close: () => Promise.resolve(),
  };
}
