import type { MediaBytes } from "../../../model.ts";

/** The part of a peer connection that is asked. */
export type CountedPeer = Pick<RTCPeerConnection, "connectionState" | "getStats">;

/**
 * Adds up what the page's peer connections carry, as WebRTC counts it for their transports.
 *
 * Runs in the page, where its source is all there is: it refers to nothing outside itself. Bounded: connections beyond
 * the limit are not counted.
 */
export class PeerBytes {
  readonly #peers = new Map<CountedPeer, MediaBytes>();
  readonly #maxPeers = 64;
  /** Of connections that are gone. */
  #before: MediaBytes = { sent: 0, received: 0 };
  #isLooking = false;

  /** Tells of the peer connections that the page will make. */
  static watchPeers(note: (peer: CountedPeer) => void): void {
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        note(this);
      }
    };
  }

  add(peer: CountedPeer): void {
    if (this.#peers.size < this.#maxPeers) this.#peers.set(peer, { sent: 0, received: 0 });
  }

  /** Asks all connections, for the last time those that are closed. Never rejects. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await Promise.all(Array.from(this.#peers.keys(), (peer) => this.#lookAt(peer)));
    this.#isLooking = false;
  }

  read(): MediaBytes {
    return [...this.#peers.values()].reduce((sum, bytes) => this.#add(sum, bytes), this.#before);
  }

  async #lookAt(peer: CountedPeer): Promise<void> {
    const isClosed = peer.connectionState === "closed";
    const stats = await peer.getStats().catch(() => undefined);
    const last = this.#peers.get(peer) ?? { sent: 0, received: 0 };
    let now = { sent: 0, received: 0 };
    stats?.forEach((entry: RTCStats) => {
      if (entry.type === "transport") now = this.#add(now, this.#carriedBy(entry));
    });
    // A closed connection may tell nothing more.
    const bytes = { sent: Math.max(last.sent, now.sent), received: Math.max(last.received, now.received) };
    if (!isClosed) return void this.#peers.set(peer, bytes);
    this.#peers.delete(peer);
    this.#before = this.#add(this.#before, bytes);
  }

  #carriedBy({ bytesSent = 0, bytesReceived = 0 }: Partial<RTCTransportStats>): MediaBytes {
    return { sent: bytesSent, received: bytesReceived };
  }

  #add(one: MediaBytes, other: MediaBytes): MediaBytes {
    return { sent: one.sent + other.sent, received: one.received + other.received };
  }
}
