import type { SeededRandom } from "@conclave/kit/testing";
import { SessionDescription, SignalRequest, TrickleRequest } from "@livekit/protocol";

import { publisherOffer } from "./sdpFixtures.ts";

/** Fields of a message class, as protobuf-es describes them. */
type MessageClass = typeof SignalRequest;
type FieldInfo = ReturnType<MessageClass["fields"]["list"]>[number];

const MAX_DEPTH = 4;
const MAX_REPEATED = 4;
const TEXTS = [
  "",
  "alice",
  "bob",
  "TR_AMxxxxxxxxxxxx",
  "PA_xxxxxxxxxxxx",
  "vp8",
  "opus",
  "0",
  "-1",
  "\u0000",
  "ü".repeat(40),
];
const NUMBERS = [0, 1, 2, 3, 7, 255, 65_535, 2 ** 31 - 1];
/** How often a message is bytes that no client would write, in thousandths. */
const GARBLED_PERMILLE = 15;

/** Makes requests that are mostly well-formed and never sensible, from a seed. */
export class RandomRequests {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** The bytes of one WebSocket message. */
  next(): Uint8Array {
    const bytes = this.#request().toBinary();
    return this.#below(1000) < GARBLED_PERMILLE ? this.#garble(bytes) : bytes;
  }

  #request(): SignalRequest {
    const dice = this.#below(100);
    if (dice < 6) return this.#described("offer");
    if (dice < 12) return this.#described("answer");
    if (dice < 15) return new SignalRequest({ message: { case: "trickle", value: new TrickleRequest() } });
    return this.#message(SignalRequest, 0);
  }

  /** An SDP, sometimes with lines lost, doubled or changed. */
  #described(name: "offer" | "answer"): SignalRequest {
    const sections = Array.from({ length: this.#below(4) }, (_, index) => ({
      kind: this.#pick(["audio", "video"] as const),
      mid: this.#pick([String(index), "0", "x"]),
      cid: this.#pick(TEXTS),
      ssrc: this.#below(1000),
    }));
    const lines = publisherOffer(sections, this.#pick(["abcd", "efgh"])).split("\r\n");
    if (this.#below(10) === 0)
      lines.splice(this.#below(lines.length), 1, ...this.#pick([[], ["a="], ["m=audio"], lines]));
    const value = new SessionDescription({ type: name, sdp: lines.join("\r\n"), id: this.#below(4) });
    return new SignalRequest({ message: { case: name, value } });
  }

  #message<T extends object>(type: { new (): T; readonly fields: MessageClass["fields"] }, depth: number): T {
    const message = new type() as Record<string, unknown>;
    for (const member of type.fields.byMember()) {
      if (member.kind === "oneof") {
        // The deprecated text candidate and what ends a session would leave nothing to try.
        const choices = member.fields.filter(({ name }) => !["leave", "simulate"].includes(name));
        const field = this.#pick(choices);
        if (field) message[member.localName] = { case: field.localName, value: this.#value(field, depth) };
      } else if (this.#below(3) > 0) message[member.localName] = this.#field(member, depth);
    }
    return message as T;
  }

  #field(field: FieldInfo, depth: number): unknown {
    if (field.kind === "map") return { [this.#pick(TEXTS)]: this.#pick(TEXTS) };
    if (!field.repeated) return this.#value(field, depth);
    return Array.from({ length: this.#below(MAX_REPEATED) }, () => this.#value(field, depth));
  }

  #value(field: FieldInfo, depth: number): unknown {
    if (field.kind === "enum") return this.#below(12);
    if (field.kind === "message") return depth < MAX_DEPTH ? this.#message(field.T, depth + 1) : new field.T();
    if (field.kind === "map") return {};
    return this.#scalar(field);
  }

  /** @see protobuf's descriptor.proto: 3, 4, 6, 16, 18 are of 64 bits, 8 is a boolean, 9 a text, 12 bytes */
  #scalar(field: FieldInfo & { kind: "scalar" }): unknown {
    const type: number = field.T;
    if (type === 9) return this.#pick(TEXTS);
    if (type === 12) return this.#random.bytes(this.#below(32));
    if (type === 8) return this.#below(2) === 1;
    return [3, 4, 6, 16, 18].includes(type) ? BigInt(this.#pick(NUMBERS)) : this.#pick(NUMBERS);
  }

  #garble(bytes: Uint8Array): Uint8Array {
    const garbled = Uint8Array.from(bytes);
    for (let count = this.#below(4); count > 0 && garbled.length > 0; count -= 1) {
      garbled[this.#below(garbled.length)] = this.#below(256);
    }
    return garbled.subarray(0, garbled.length - this.#below(3));
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }

  #below(limit: number): number {
    return limit <= 0 ? 0 : Math.floor(this.#random.next() * limit);
  }
}
