import type { MediaBytes } from "../model.ts";

/** Adds up what all connections of one bot carry: one addition for each packet. */
export class WireCount {
  #sent = 0;
  #received = 0;

  noteSent(bytes: number): void {
    this.#sent += bytes;
  }

  noteReceived(bytes: number): void {
    this.#received += bytes;
  }

  read(): MediaBytes {
    return { sent: this.#sent, received: this.#received };
  }
}
