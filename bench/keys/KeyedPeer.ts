import { webcrypto } from "node:crypto";

import type { MatrixSession } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { memoryAccountStore } from "@conclave/call/testing";
import {
  createKeyDistributor,
  type KeyDistributor,
  type KeyTransport,
  toDeviceKeyTransport,
} from "@conclave/frame-keys";
import { type Scope, signal, silentLogger, systemClock, toHex, untracked, type WritableSignal } from "@conclave/kit";
import { openRtcSession, ROOM_CALL_SLOT, type RoomId, type RtcSession } from "@conclave/matrix-rtc";

import type { MessageCount } from "./MessageCount.ts";
import { rotateAsReference } from "./rotateAsReference.ts";

const TRANSPORT = { type: "livekit", serviceUrl: "http://127.0.0.1:9/none" } as const;

/** How a peer hands out its keys: ours, or as matrix-js-sdk 43 does it. */
export type Algorithm = "ours" | "reference";

export interface PeerOptions {
  readonly homeserverUrl: string;
  readonly linkId: string;
  readonly algorithm: Algorithm;
  readonly count: MessageCount;
}

const deps = { clock: systemClock, logger: silentLogger };
const randomBytes = (length: number): Uint8Array<ArrayBuffer> => webcrypto.getRandomValues(new Uint8Array(length));

/** A member of a call without media: real account, real sync, real Olm, real membership, real keys. */
export class KeyedPeer {
  readonly session: RtcSession;
  readonly matrix: MatrixSession;
  readonly isSending: WritableSignal<boolean> = signal(false);
  /** Of us, in use now. */
  inUse: string | undefined;
  readonly keys: KeyDistributor | undefined;
  /** Messages with each key of ours. */
  readonly sent: Map<string, number> = new Map();
  readonly #received = new Map<string, Set<string>>();
  readonly #scope: Scope;

  private constructor(
    matrix: MatrixSession,
    session: RtcSession,
    options: PeerOptions & { readonly roomId: RoomId },
    scope: Scope,
  ) {
    this.matrix = matrix;
    this.session = session;
    this.#scope = scope;
    const { self, members, slot } = session;
    const place = { roomId: options.roomId, slot, memberId: self.memberId };
    const carrier = toDeviceKeyTransport({ ...deps, matrix }, place, scope);
    const transport: KeyTransport = {
      ...carrier,
      send: (key, recipients, note) => {
        this.#noteSent(toHex(key.bytes), recipients.length);
        return carrier.send(key, recipients, note);
      },
    };
    const sink = {
      setReceiverKey: (memberId: string, key: { readonly bytes: Uint8Array }) => this.#receive(memberId, key.bytes),
      useSenderKey: (key: { readonly bytes: Uint8Array }) => void (this.inUse = toHex(key.bytes)),
      suspendSender: () => void (this.inUse = undefined),
      forget() {},
    };
    const parts = { ...deps, transport, sink, randomBytes };
    const about = { call: options.roomId, self, members, isSending: this.isSending };
    if (options.algorithm === "ours") this.keys = createKeyDistributor(parts, about, scope);
    else rotateAsReference(parts, about, scope);
  }

  static async open(options: PeerOptions, scope: Scope): Promise<KeyedPeer> {
    const { count, homeserverUrl, linkId } = options;
    const account = memoryAccountStore();
    const given = { ...deps, homeserverUrl, account, cryptoStoreName: "peer", fetch: count.fetch };
    const matrix = await openMatrixHttp(given, scope);
    const roomId = await matrix.joinByLink(linkId);
    await matrix.cryptoReady;
    // Nobody dies here, so nobody has to be watched over.
    const features = { delayedEvents: false, stickyEvents: false };
    const session = openRtcSession({ ...deps, matrix }, { roomId, slot: ROOM_CALL_SLOT, features }, scope);
    return new KeyedPeer(matrix, session, { ...options, roomId }, scope);
  }

  /** Makes the room that the link leads to. */
  static async makeRoom({ count, homeserverUrl, linkId }: PeerOptions, scope: Scope): Promise<void> {
    const account = memoryAccountStore();
    const given = { ...deps, homeserverUrl, account, cryptoStoreName: "maker", fetch: count.fetch };
    const matrix = await openMatrixHttp(given, scope);
    await matrix.createCallRoom({ linkId });
    await scope.end();
  }

  async join(): Promise<void> {
    await this.session.publishMembership(TRANSPORT);
  }

  holdsKeyOf(sender: KeyedPeer): boolean {
    return sender.inUse !== undefined && (this.#received.get(sender.session.self.memberId)?.has(sender.inUse) ?? false);
  }

  get members(): number {
    return untracked(() => this.session.members.get()).length;
  }

  async close(): Promise<void> {
    await this.#scope.end();
  }

  #noteSent(key: string, messages: number): void {
    this.sent.set(key, (this.sent.get(key) ?? 0) + messages);
  }

  #receive(memberId: string, bytes: Uint8Array): void {
    const known = this.#received.get(memberId) ?? new Set<string>();
    this.#received.set(memberId, known.add(toHex(bytes)));
  }
}
