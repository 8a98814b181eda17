import { expect, it } from "vitest";

import { type CountedPeer, PeerBytes } from "./PeerBytes.ts";

/** A peer connection with one transport, and a stream that tells of the same bytes. */
class FakePeer implements CountedPeer {
  connectionState: RTCPeerConnectionState = "connected";
  bytes = { bytesSent: 0, bytesReceived: 0 };
  isMute = false;

  getStats(): Promise<RTCStatsReport> {
    if (this.isMute) return Promise.reject(new Error("It is closed"));
    return Promise.resolve(
      new Map([
        ["T1", { type: "transport", ...this.bytes }],
        ["O1", { type: "outbound-rtp", bytesSent: this.bytes.bytesSent }],
      ]),
    );
  }
}

it("adds up what the transports of all connections carried", async () => {
  const [bytes, one, other] = [new PeerBytes(), new FakePeer(), new FakePeer()];
  bytes.add(one);
  bytes.add(other);
  one.bytes = { bytesSent: 100, bytesReceived: 20 };
  other.bytes = { bytesSent: 5, bytesReceived: 3_000 };

  await bytes.look();

  expect(bytes.read()).toEqual({ sent: 105, received: 3_020 });
});

it("keeps what connections carried that are gone, and asks them no more", async () => {
  const [bytes, gone, next] = [new PeerBytes(), new FakePeer(), new FakePeer()];
  bytes.add(gone);
  gone.bytes = { bytesSent: 100, bytesReceived: 20 };
  await bytes.look();
  gone.connectionState = "closed";
  gone.isMute = true;
  await bytes.look();

  gone.isMute = false;
  gone.bytes = { bytesSent: 900, bytesReceived: 900 };
  bytes.add(next);
  next.bytes = { bytesSent: 1, bytesReceived: 1 };
  await bytes.look();

  expect(bytes.read()).toEqual({ sent: 101, received: 21 });
});
