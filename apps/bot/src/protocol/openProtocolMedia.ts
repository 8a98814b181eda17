import type { MediaKind } from "@conclave/frame-crypto";
import { type Clock, effect, type Logger, type Scope } from "@conclave/kit";

import type { BotMedia } from "../BotMedia.ts";
import { createNodeFrameCrypto, tamperOf } from "../crypto/index.ts";
import { slownessOf } from "../manners/slowness.ts";
import { createCamera, createMicrophone, mediaPersonOf } from "../media/index.ts";
import type { BotSpec, MediaProfile } from "../model.ts";
import {
  browserTypes,
  createProtocolSfu,
  type FrameSource,
  type ProtocolConnection,
  ProtocolTrack,
} from "../rtc/index.ts";
import { SendLog } from "../SendLog.ts";
import { WireCount } from "../sfu/WireCount.ts";
import { countedSource } from "./countedSource.ts";
import { FrameLedger } from "./FrameLedger.ts";
import { EPOCH_SIZE } from "./NumberRange.ts";
import { overNetwork } from "./overNetwork.ts";

export interface ProtocolMediaDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  /** The bot behind an SFU identity. */
  readonly numberOf: (identity: string) => number | undefined;
  /** Whether the frames of a bot carry a stamp. */
  readonly isStamping: (number: number) => boolean;
}

const WORD_BYTES = 4;
const WORDS = 2 ** 32;

/** The protocol tier: media made ahead of time, really encrypted, each frame checked by its stamp. */
export function openProtocolMedia(deps: ProtocolMediaDeps, spec: BotSpec, profile: MediaProfile): BotMedia {
  const { clock, logger, randomBytes } = deps;
  const ledger = new FrameLedger(deps);
  const log = new SendLog();
  const randomUint32 = (): number => new DataView(randomBytes(WORD_BYTES).buffer).getUint32(0);
  const wire = new WireCount();
  let sfu = createProtocolSfu({ clock, logger, wire });
  let slowness = slownessOf(spec, undefined);
  const random = (): number => randomUint32() / WORDS;
  const makeTrack = trackMaker(spec, profile, log);
  return {
    sfu: {
      async connect(grant, options, scope) {
        const connection = await sfu.connect(grant, options, scope);
        if (spec.sabotage === "drop_subscription") dropFirstSubscription(connection, scope);
        return connection;
      },
    },
    createFrameCrypto(policy) {
      ledger.beginStay();
      const tamper = tamperOf(spec);
      const host = createNodeFrameCrypto({ policy, clock, randomUint32, witness: ledger, logger, tamper });
      return overNetwork({ clock, random }, host, () => slowness);
    },
    createMicrophone: () => makeTrack("audio"),
    createCamera: () => makeTrack("video"),
    streams: () => ledger.reports(),
    sent: () => log.intervals(),
    bytes: () => wire.read(),
    setNetwork: (profile) => void (slowness = slownessOf(spec, profile)),
    vanish() {
      sfu.vanish();
      sfu = createProtocolSfu({ clock, logger, wire });
    },
    close: () => Promise.resolve(),
  };
}

/** Each track counts its frames in an epoch of its own. */
function trackMaker(spec: BotSpec, profile: MediaProfile, log: SendLog): (kind: MediaKind) => MediaStreamTrack {
  const { colour, personId, toneHz } = mediaPersonOf(spec.number);
  const { audioFrameMs: frameMs, videoFrameBytes: frameBytes, videoFramesPerSecond: framesPerSecond } = profile;
  let epoch = 0;
  return (kind) => {
    const about = { sender: spec.number, firstNumber: epoch++ * EPOCH_SIZE };
    const source: FrameSource =
      kind === "audio"
        ? createMicrophone({ ...about, toneHz, frameMs })
        : createCamera({ ...about, colour, personId, framesPerSecond, frameBytes });
    return browserTypes.asMediaStreamTrack(new ProtocolTrack(kind, countedSource(source, log)));
  };
}

/** Has the SFU stop forwarding the first track that comes, without anybody else knowing. */
function dropFirstSubscription(connection: ProtocolConnection, scope: Scope): void {
  let isDropped = false;
  effect(scope, () => {
    const [first] = connection.participants.get().flatMap(({ publications }) => publications);
    if (!first?.track || isDropped) return;
    isDropped = true;
    connection.unsubscribe(first.sid);
  });
}
