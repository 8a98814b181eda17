import { Emitter } from "@conclave/kit";
import type { DeviceAddress } from "@conclave/matrix-rtc";

import type { KeyRejection, KeyTransport, ReceivedKey, SenderKey, SendOutcome } from "../ports.ts";

/** What a fake transport has carried. */
export interface SentKey {
  readonly key: SenderKey;
  readonly recipients: readonly DeviceAddress[];
}

/** Connects `FakeKeyTransport`s: a key sent by one arrives at the others in the same microtask. */
export class FakeKeyNetwork {
  readonly #transports = new Map<string, FakeKeyTransport>();

  connect(self: DeviceAddress & { readonly memberId: string }): FakeKeyTransport {
    const transport = new FakeKeyTransport(this, self);
    this.#transports.set(addressKey(self), transport);
    return transport;
  }

  /** @returns whether there is such a device */
  deliver(to: DeviceAddress, received: ReceivedKey): boolean {
    const transport = this.#transports.get(addressKey(to));
    transport?.keyReceived.emit(received);
    return transport !== undefined;
  }
}

/** A key transport in memory. Records what it sends and fails or waits on demand. */
export class FakeKeyTransport implements KeyTransport {
  readonly keyReceived: Emitter<ReceivedKey> = new Emitter();
  readonly keyRejected: Emitter<{ readonly reason: KeyRejection; readonly from: string }> = new Emitter();
  readonly sent: SentKey[] = [];
  /** While set, sends reject with it. */
  failure: Error | undefined;
  /** The sender's clock, which goes into messages; each message counts one up. */
  sentAtMs = 0;
  /** Device ids that have no usable keys. */
  readonly unreachable: Set<string> = new Set();
  readonly #network: FakeKeyNetwork;
  readonly #self: DeviceAddress & { readonly memberId: string };
  #gate: Promise<void> | undefined;

  constructor(network: FakeKeyNetwork, self: DeviceAddress & { readonly memberId: string }) {
    this.#network = network;
    this.#self = self;
  }

  /** Sends wait until the returned function is called. */
  hold(): () => void {
    const opened: { open?: () => void } = {};
    this.#gate = new Promise<void>((resolve) => {
      opened.open = resolve;
    });
    return () => {
      this.#gate = undefined;
      opened.open?.();
    };
  }

  async send(key: SenderKey, recipients: readonly DeviceAddress[]): Promise<readonly SendOutcome[]> {
    await this.#gate;
    if (this.failure) throw this.failure;
    this.sent.push({ key, recipients });
    const { userId, deviceId, memberId } = this.#self;
    const sentAtMs = ++this.sentAtMs;
    return recipients.map((to) => {
      if (this.unreachable.has(to.deviceId)) return { to, result: "unreachable" };
      const copy = { index: key.index, bytes: key.bytes.slice() };
      const isSent = this.#network.deliver(to, { from: { userId, deviceId }, memberId, key: copy, sentAtMs });
      return { to, result: isSent ? "sent" : "unreachable" };
    });
  }
}

function addressKey({ userId, deviceId }: DeviceAddress): string {
  return JSON.stringify([userId, deviceId]);
}
