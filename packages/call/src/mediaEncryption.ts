import type { FrameCodec, MediaKind } from "@conclave/frame-crypto";
import type { FrameCryptoHost } from "@conclave/frame-crypto/page";
import type { KeySink } from "@conclave/frame-keys";
import {
  effect,
  Emitter,
  type Happening,
  type Logger,
  type ReadonlySignal,
  type Scope,
  type Secret,
} from "@conclave/kit";
import type { RtcMember } from "@conclave/matrix-rtc";

import { ReceiverKeys } from "./receiverKeys.ts";
import { SharedSecret } from "./sharedSecret.ts";
import type { TrackGuard, TrackSource } from "./sfu/ports.ts";
import type { TimingMark } from "./timings.ts";
import { type TrackVerdict, TrackVerdicts } from "./trackVerdicts.ts";
import { UndecryptableFrames } from "./undecryptable.ts";

export interface MediaEncryptionDeps {
  readonly host: FrameCryptoHost;
  readonly members: ReadonlySignal<readonly RtcMember[]>;
  readonly timings: { mark(name: TimingMark): void };
  readonly logger: Logger;
  /** Shared-secret mode: everybody's key comes from this, and none is handed out. */
  readonly sharedSecret?: Secret<string> | undefined;
}

/** The bond between keys (frame-keys), frames (frame-crypto) and tracks (the SFU). */
export interface MediaEncryption {
  /** Handed to SFU connections: no track flows past it. */
  readonly guard: TrackGuard;
  /** Handed to the key distributor. */
  readonly sink: KeySink;
  readonly verdicts: TrackVerdicts;
  /** How the frames of a remote track fare; `undefined` if it has no transform. Reads a signal. */
  verdictOf(identity: string, source: TrackSource): TrackVerdict | undefined;
  /** Whether a key of the member is held. Reads a signal. */
  hasKey(memberId: string): boolean;
  /** A member, by `RtcMember.memberId`, of whom there are frames or a track that no key held here opens. */
  readonly undecryptable: Happening<string>;
}

/** All our senders share one key, so they share one owner. */
const OWN_OWNER = "self";

const FRAME_CODECS: readonly string[] = ["opus", "vp8", "vp9", "h264"] satisfies FrameCodec[];

/** Starts encrypting: from here on each track that an SFU connection brings up gets its transform first. */
export function encryptMedia(deps: MediaEncryptionDeps, scope: Scope): MediaEncryption {
  const { host, timings } = deps;
  const verdicts = new TrackVerdicts();
  const undecryptable = new Emitter<string>();
  const shared = deps.sharedSecret && new SharedSecret(host, deps.sharedSecret);
  shared?.use(OWN_OWNER);
  const lacksKey = (memberId: string): void => undecryptable.emit(memberId);
  const receiverKeys = new ReceiverKeys({ host, logger: deps.logger, lacksKey, shared });
  effect(scope, () => receiverKeys.setMembers(deps.members.get()));
  const failing = new UndecryptableFrames();
  host.reported.on(scope, (report) => {
    verdicts.note(report);
    const memberId = failing.note(report) ? receiverKeys.memberOf(report.ownerId) : undefined;
    if (memberId !== undefined) undecryptable.emit(memberId);
    const flows = report.state === "ok" || report.state === "plain";
    if (report.direction === "receive" && flows) timings.mark("first_frame");
  });
  scope.onEnd(() => {
    receiverKeys.forgetAll();
    host.close();
  });
  return {
    guard: createGuard(host, receiverKeys),
    sink: createSink(deps, receiverKeys),
    verdicts,
    verdictOf: (identity, source) => verdicts.received.get().get(ownerIdOf(identity, source)),
    hasKey: (memberId) => shared !== undefined || receiverKeys.holders.get().has(memberId),
    undecryptable,
  };
}

function createGuard(host: FrameCryptoHost, receiverKeys: ReceiverKeys): TrackGuard {
  return {
    isEncrypted: host.policy === "required",
    protectSender(sender, track) {
      host.protectSender(sender, { ownerId: OWN_OWNER, kind: kindOf(track.source), ...codecOf(track.codec) });
    },
    protectReceiver(receiver, track) {
      const ownerId = ownerIdOf(track.identity, track.source);
      host.protectReceiver(receiver, { ownerId, kind: kindOf(track.source), ...codecOf(track.codec) });
      receiverKeys.addOwner(ownerId, track.identity);
    },
  };
}

function createSink({ host, members, timings }: MediaEncryptionDeps, receiverKeys: ReceiverKeys): KeySink {
  return {
    setReceiverKey(memberId, key) {
      // The list may have changed in this very task, before our effect has seen it.
      receiverKeys.setMembers(members.get());
      receiverKeys.setKey(memberId, key);
      timings.mark("first_key");
    },
    useSenderKey(key) {
      host.setKey(OWN_OWNER, key.index, key.bytes.slice());
      host.useSenderKey(OWN_OWNER, key.index);
    },
    suspendSender: () => host.suspendSender(OWN_OWNER),
    forget: (memberId) => receiverKeys.forget(memberId),
  };
}

function ownerIdOf(identity: string, source: TrackSource): string {
  return `${source} ${identity}`;
}

function kindOf(source: TrackSource): MediaKind {
  return source === "microphone" || source === "screen_share_audio" ? "audio" : "video";
}

function codecOf(name: string): { readonly codec?: FrameCodec } {
  const codec = name.toLowerCase();
  return FRAME_CODECS.includes(codec) ? { codec: codec as FrameCodec } : {};
}
