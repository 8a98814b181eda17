import { Emitter } from "@conclave/kit";

import { SfuError } from "../../errors.ts";
import type { WorkerUsage } from "../../ports.ts";
import type { AudioLevel, MediaPlane, MediaRoom, PublisherTransport, SubscriberTransport } from "../MediaPlane.ts";
import { memoryCapabilities } from "./memoryCapabilities.ts";
import { MemoryTransport } from "./MemoryTransport.ts";

/**
 * A media plane without media: it keeps account of what was asked of it. Connections come up as soon as the client's
 * fingerprint is known; tests can break them, make noise and let the whole plane die.
 */
export class MemoryPlane implements MediaPlane {
  readonly mediaPort = 9;
  readonly rooms: MemoryRoom[] = [];
  #isClosed = false;

  async createRoom(): Promise<MediaRoom> {
    if (this.#isClosed) throw new SfuError("media_unavailable", "The media plane is closed");
    const room = new MemoryRoom();
    this.rooms.push(room);
    return room;
  }

  /** Everything in the plane is gone, as when a worker crashes. */
  die(): void {
    for (const room of this.rooms.splice(0)) room.die();
  }

  async usage(): Promise<WorkerUsage> {
    return { userMs: 0, systemMs: 0, maxResidentBytes: 0 };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}

/** One room of a `MemoryPlane`. */
export class MemoryRoom implements MediaRoom {
  readonly capabilities = memoryCapabilities;
  readonly audioLevels: Emitter<readonly AudioLevel[]> = new Emitter<readonly AudioLevel[]>();
  readonly died: Emitter<void> = new Emitter<void>();
  /** In the order of their making. */
  readonly publishers: MemoryTransport[] = [];
  readonly subscribers: MemoryTransport[] = [];
  isClosed = false;

  async createPublisherTransport(): Promise<PublisherTransport> {
    return this.#create(this.publishers);
  }

  async createSubscriberTransport(): Promise<SubscriberTransport> {
    return this.#create(this.subscribers);
  }

  close(): void {
    this.isClosed = true;
    for (const transport of [...this.publishers, ...this.subscribers]) transport.close();
  }

  /** As when its worker crashes. */
  die(): void {
    this.close();
    this.died.emit();
  }

  #create(list: MemoryTransport[]): MemoryTransport {
    if (this.isClosed) throw new SfuError("media_failed", "The room is closed");
    const transport = new MemoryTransport(list.length);
    list.push(transport);
    return transport;
  }
}
