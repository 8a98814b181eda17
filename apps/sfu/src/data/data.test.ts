import { FakeClock } from "@conclave/kit/testing";
import { Scope } from "@conclave/kit";
import { DataPacket, UserPacket } from "@livekit/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MemoryTransport } from "../media/memory/MemoryTransport.ts";
import { DataDownlink, MAX_QUEUED_MESSAGES } from "./DataDownlink.ts";
import { type DataMessage, DataUplink } from "./DataUplink.ts";
import { PPID_BINARY, PPID_DCEP, tryParseDcep, writeAck, writeOpen } from "./dcep.ts";
import { MAX_DATA_PACKET_BYTES, tryStampPacket } from "./stampPacket.ts";

const ALICE = { sid: "PA_a", identity: "alice" };
const FINGERPRINT = { algorithm: "sha-256", value: "AB" };

async function open() {
  const transport = new MemoryTransport(0);
  const clock = new FakeClock();
  const scope = new Scope();
  const downlink = new DataDownlink({ transport, clock, scope, overflowed: () => {} });
  await transport.connect(FINGERPRINT);
  const payloads = (ppid: number) => transport.sentSctp.filter((each) => each.ppid === ppid);
  return { transport, clock, scope, downlink, payloads };
}

describe("DCEP", () => {
  it("writes an OPEN as RFC 8832 §5.1 draws it", () => {
    const expected = [3, 0x81, 1, 0, 0, 0, 0, 0, 0, 6, 0, 0, ...new TextEncoder().encode("_lossy")];

    expect([...writeOpen("_lossy", true)]).toEqual(expected);
  });

  it("reads what it writes, for any short label", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 16 }), (label) => {
        expect(tryParseDcep(writeOpen(label, false))).toEqual({ type: "open", label });
      }),
    );
    expect(tryParseDcep(writeAck())).toEqual({ type: "ack" });
  });

  it("takes bytes of nonsense and label bombs for nothing", () => {
    const bomb = writeOpen("x", false);
    new DataView(bomb.buffer).setUint16(8, 0xff_ff);

    expect(tryParseDcep(bomb)).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void tryParseDcep(bytes)));
    expect(tryParseDcep(new Uint8Array())).toBeUndefined();
  });
});

describe("DataUplink", () => {
  it("learns from the OPEN which stream is which, and acknowledges it", () => {
    const transport = new MemoryTransport(0);
    const scope = new Scope();
    const received: DataMessage[] = [];
    new DataUplink(transport, scope).received.on(scope, (message) => received.push(message));

    transport.sctpReceived.emit({ streamId: 0, ppid: PPID_BINARY, payload: Uint8Array.of(1) });
    transport.sctpReceived.emit({ streamId: 0, ppid: PPID_DCEP, payload: writeOpen("_reliable", false) });
    transport.sctpReceived.emit({ streamId: 0, ppid: PPID_BINARY, payload: Uint8Array.of(2) });

    expect(received).toEqual([{ channel: "reliable", payload: Uint8Array.of(2) }]);
    expect(transport.sentSctp).toEqual([{ streamId: 0, ppid: PPID_DCEP, payload: writeAck() }]);
  });
});

describe("DataDownlink", () => {
  it("opens both channels again and again until they are acknowledged", async () => {
    const { transport, clock, payloads } = await open();
    transport.sctpReceived.emit({ streamId: 1, ppid: PPID_DCEP, payload: writeAck() });

    await clock.advance(2000);

    expect(payloads(PPID_DCEP).map(({ streamId }) => streamId)).toEqual([1, 3, 3, 3]);
  });

  it("keeps reliable messages until the channel is open, up to a bound, and drops lossy ones", async () => {
    const { transport, downlink, payloads } = await open();
    downlink.send("lossy", Uint8Array.of(0));
    for (let index = 0; index < MAX_QUEUED_MESSAGES + 1; index += 1)
      downlink.send("reliable", Uint8Array.of(index % 256));

    transport.sctpReceived.emit({ streamId: 1, ppid: PPID_DCEP, payload: writeAck() });

    expect(payloads(PPID_BINARY)).toHaveLength(MAX_QUEUED_MESSAGES);
    expect(payloads(PPID_BINARY)[0]?.payload).toEqual(Uint8Array.of(1));
  });
});

describe("tryStampPacket", () => {
  it("replaces what a client claims about itself and keeps fields of the future", () => {
    const user = new UserPacket({ participantIdentity: "mallory", payload: Uint8Array.of(1) });
    const claimed = new DataPacket({ participantIdentity: "mallory", value: { case: "user", value: user } }).toBinary();
    // Field 2000, varint 5.
    const payload = Uint8Array.of(...claimed, 0x80, 0x7d, 0x05);

    const stamped = tryStampPacket({ channel: "reliable", payload }, ALICE);

    const packet = DataPacket.fromBinary(stamped?.payload ?? new Uint8Array());
    expect(packet.participantIdentity).toBe("alice");
    expect(packet.value.value).toMatchObject({ participantIdentity: "alice", participantSid: "PA_a" });
    expect([...(stamped?.payload ?? [])].slice(-3)).toEqual([0x80, 0x7d, 0x05]);
  });

  it("drops nonsense and what is too large", () => {
    const tooLarge = new Uint8Array(MAX_DATA_PACKET_BYTES + 1);

    expect(tryStampPacket({ channel: "lossy", payload: Uint8Array.of(0x0a, 0xff) }, ALICE)).toBeUndefined();
    expect(tryStampPacket({ channel: "lossy", payload: tooLarge }, ALICE)).toBeUndefined();
  });
});
