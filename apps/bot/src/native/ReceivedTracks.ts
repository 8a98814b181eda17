import {
  EncryptionType,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
} from "@livekit/rtc-node";
import type { TrackGuard } from "@conclave/call";
import type { Clock, Logger } from "@conclave/kit";

import { browserTypes } from "./browserTypes.ts";
import { decode } from "./decode.ts";
import type { NativeLedger, Witness } from "./NativeLedger.ts";
import { NativeReceiver } from "./NativeReceiver.ts";
import { NativeTrack } from "./NativeTrack.ts";
import { tryFromLibrarySource } from "./sources.ts";

export interface ReceivedTracksDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: NativeLedger;
  readonly guard: TrackGuard;
  readonly setKey: (identity: string, index: number, key: Uint8Array<ArrayBuffer>) => void;
}

interface Received {
  readonly receiver: NativeReceiver;
  readonly witness: Witness;
  readonly track: NativeTrack;
  readonly stop: () => void;
}

/** The remote tracks of one room: each is given to the guard, then decoded and judged. */
export class ReceivedTracks {
  readonly #deps: ReceivedTracksDeps;
  readonly #bySid = new Map<string, Received>();

  constructor(deps: ReceivedTracksDeps) {
    this.#deps = deps;
  }

  add(track: RemoteTrack, publication: RemoteTrackPublication, { identity }: RemoteParticipant): void {
    const { clock, guard, ledger, logger, setKey } = this.#deps;
    const source = tryFromLibrarySource(publication.source);
    const sid = publication.sid ?? "";
    if (!source) return;
    this.remove(sid);
    const receiver = new NativeReceiver(clock, {
      identity,
      source,
      setKey: (index, key) => setKey(identity, index, key),
    });
    try {
      guard.protectReceiver(browserTypes.asRtcReceiver(receiver), {
        identity,
        source,
        codec: codecOf(publication.mimeType),
      });
    } catch {
      logger.error("receiver not guarded", { source });
      return;
    }
    const witness = ledger.witness(receiver, guard.isEncrypted && isPlain(publication));
    const stop = decode(track, receiver.kind, witness);
    this.#bySid.set(sid, { receiver, witness, track: new NativeTrack(receiver.kind), stop });
  }

  remove(sid: string): void {
    const received = this.#bySid.get(sid);
    if (!received) return;
    received.stop();
    received.track.stop();
    this.#bySid.delete(sid);
  }

  muted(sid: string): void {
    this.#bySid.get(sid)?.witness.muted();
  }

  /** The library speaks of a participant's cryptors, not of one track's. */
  noteCryptor(identity: string, state: number): void {
    for (const { receiver } of this.#bySid.values()) if (receiver.identity === identity) receiver.noteCryptor(state);
  }

  mediaStreamTrack(sid: string): MediaStreamTrack | undefined {
    const received = this.#bySid.get(sid);
    return received && browserTypes.asMediaStreamTrack(received.track);
  }

  end(): void {
    for (const sid of Array.from(this.#bySid.keys())) this.remove(sid);
  }
}

/** The library does not decrypt what the SFU announces so. */
function isPlain({ encryptionType }: RemoteTrackPublication): boolean {
  return encryptionType === undefined || encryptionType === EncryptionType.NONE;
}

/** `video/VP8` → `vp8`. */
function codecOf(mimeType: string | undefined): string {
  return mimeType?.split("/")[1]?.toLowerCase() ?? "";
}
