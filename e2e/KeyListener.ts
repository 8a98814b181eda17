import { webcrypto } from "node:crypto";

import type { StoredAccount } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { memoryAccountStore } from "@conclave/call/testing";
import { createKeyDistributor, toDeviceKeyTransport } from "@conclave/frame-keys";
import { Scope, silentLogger, systemClock } from "@conclave/kit";
import { discoverTransports, openRtcSession, ROOM_CALL_SLOT, type RtcSession } from "@conclave/matrix-rtc";

import type { HeldKey } from "./tap/openFrame.ts";

/**
 * A member without media that keeps every key it is ever given, and goes on listening after it has left: the most that
 * a hostile participant can hold. Real account, real Olm, real membership.
 */
export class KeyListener {
  /** Keys by the user id of their sender. */
  readonly keys = new Map<string, HeldKey[]>();
  readonly #session: RtcSession;
  readonly #listening: Scope;
  /** Its guest account. */
  readonly account: StoredAccount;
  readonly #serviceUrl: string;

  private constructor(
    session: RtcSession,
    listening: Scope,
    about: { readonly stored: StoredAccount; readonly serviceUrl: string },
  ) {
    this.#session = session;
    this.#listening = listening;
    this.account = about.stored;
    this.#serviceUrl = about.serviceUrl;
  }

  static async open(origin: string, linkId: string): Promise<KeyListener> {
    const account = memoryAccountStore();
    const listening = new Scope();
    const deps = { clock: systemClock, logger: silentLogger };
    const matrix = await openMatrixHttp(
      { ...deps, homeserverUrl: origin, account, cryptoStoreName: "listener", fetch },
      listening,
    );
    const roomId = await matrix.joinByLink(linkId);
    await matrix.cryptoReady;
    const [transport] = await discoverTransports({ matrix, logger: silentLogger });
    const session = openRtcSession({ ...deps, matrix }, { roomId, slot: ROOM_CALL_SLOT }, listening);
    const stored = (await account.load())!;
    const listener = new KeyListener(session, listening, { stored, serviceUrl: transport!.serviceUrl });
    const keyTransport = toDeviceKeyTransport(
      { ...deps, matrix },
      { roomId, slot: ROOM_CALL_SLOT, memberId: session.self.memberId },
      listening,
    );
    keyTransport.keyReceived.on(listening, ({ from, key }) => {
      const held = listener.keys.get(from.userId) ?? [];
      listener.keys.set(from.userId, [...held, { index: key.index, bytes: key.bytes.slice() }]);
    });
    createKeyDistributor(
      {
        ...deps,
        transport: keyTransport,
        randomBytes: (length) => webcrypto.getRandomValues(new Uint8Array(length)),
        sink: { setReceiverKey() {}, useSenderKey() {}, suspendSender() {}, forget() {} },
      },
      { call: roomId, self: session.self, members: session.members },
      listening,
    );
    return listener;
  }

  async join(): Promise<void> {
    await this.#session.publishMembership({ type: "livekit", serviceUrl: this.#serviceUrl });
  }

  /** Takes the membership back, and keeps sync, Olm and everything it knows. */
  async leave(): Promise<void> {
    await this.#session.leave();
  }

  allKeys(): HeldKey[] {
    return [...this.keys.values()].flat();
  }

  async close(): Promise<void> {
    await this.#listening.end();
  }
}
