import { Emitter } from "@conclave/kit";
import type { DeviceAddress } from "@conclave/matrix-rtc";

import type {
  KeyNote,
  KeyRejection,
  KeyTransport,
  ReceivedKey,
  ReceivedNote,
  SenderKey,
  SendOutcome,
} from "../ports.ts";

/** What a fake transport has carried. */
export interface SentKey {
  readonly key: SenderKey;
  readonly recipients: readonly DeviceAddress[];
  readonly note: KeyNote | undefined;
}

/** Connects `FakeKeyTransport`s: a key sent by one arrives at the others in the same microtask. */
export class FakeKeyNetwork {
  /** How a message gets to a device after the homeserver has taken it; at once unless set. */
  carry: (deliver: () => void, from: DeviceAddress, to: DeviceAddress) => void = (deliver) => deliver();
  readonly #transports = new Map<string, FakeKeyTransport>();

  connect(self: DeviceAddress & { readonly memberId: string }): FakeKeyTransport {
    const transport = new FakeKeyTransport(this, self);
    this.#transports.set(addressKey(self), transport);
    return transport;
  }

  /** The transport of that device. */
  find(address: DeviceAddress): FakeKeyTransport | undefined {
    return this.#transports.get(addressKey(address));
  }
}

/** A key transport in memory. Records what it sends and fails or waits on demand. */
export class FakeKeyTransport implements KeyTransport {
  readonly keyReceived: Emitter<ReceivedKey> = new Emitter();
  readonly noteReceived: Emitter<ReceivedNote> = new Emitter();
  readonly keyRejected: Emitter<{ readonly reason: KeyRejection; readonly from: string }> = new Emitter();
  readonly sent: SentKey[] = [];
  /** Notes without a key. */
  readonly told: { readonly note: KeyNote; readonly recipients: readonly DeviceAddress[] }[] = [];
  /** Whether a message is lost on its way, after the homeserver has taken it. */
  loses: (to: DeviceAddress) => boolean = () => false;
  /** Whether it behaves like a client that knows no notes. */
  isPlain = false;
  /** What becomes of the next request: `lost` before the homeserver has it, `answer_lost` after. */
  nextRequest: () => "done" | "lost" | "answer_lost" = () => "done";
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

  async send(key: SenderKey, recipients: readonly DeviceAddress[], note?: KeyNote): Promise<readonly SendOutcome[]> {
    const isAnswered = await this.#pass();
    const told = this.isPlain ? undefined : note;
    this.sent.push({ key, recipients, note: told });
    const { userId, deviceId, memberId } = this.#self;
    const sentAtMs = ++this.sentAtMs;
    const bytes = key.bytes.slice();
    return this.#each(isAnswered, recipients, (transport) => {
      const copy = { index: key.index, bytes: bytes.slice() };
      const received = { from: { userId, deviceId }, memberId, key: copy, sentAtMs };
      transport.keyReceived.emit({ ...received, ...(told && !transport.isPlain && { note: told }) });
    });
  }

  async tell(note: KeyNote, recipients: readonly DeviceAddress[]): Promise<readonly SendOutcome[]> {
    const isAnswered = await this.#pass();
    this.told.push({ note, recipients });
    const { userId, deviceId } = this.#self;
    return this.#each(isAnswered, recipients, (transport) => {
      if (!transport.isPlain) transport.noteReceived.emit({ from: { userId, deviceId }, note });
    });
  }

  /** @returns whether the answer comes back */
  async #pass(): Promise<boolean> {
    await this.#gate;
    if (this.failure) throw this.failure;
    const fate = this.nextRequest();
    if (fate === "lost") throw new Error("lost");
    return fate === "done";
  }

  #each(
    isAnswered: boolean,
    recipients: readonly DeviceAddress[],
    receive: (transport: FakeKeyTransport) => void,
  ): readonly SendOutcome[] {
    const outcomes = recipients.map((to): SendOutcome => {
      const transport = this.unreachable.has(to.deviceId) ? undefined : this.#network.find(to);
      if (transport && !this.loses(to)) this.#network.carry(() => receive(transport), this.#self, to);
      return { to, result: transport ? "sent" : "unreachable" };
    });
    if (!isAnswered) throw new Error("answer lost");
    return outcomes;
  }
}

function addressKey({ userId, deviceId }: DeviceAddress): string {
  return JSON.stringify([userId, deviceId]);
}
