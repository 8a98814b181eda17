import { createSocket } from "node:dgram";
import { once } from "node:events";

import { LOAD, type Receiver } from "../messages.ts";
import { deriveKeys, unprotect } from "../srtp.ts";

/** A socket and AES-GCM, nothing else: less than any stack in JavaScript does for a packet. */
export function createReceiver(): Receiver {
  let packets = 0;
  return {
    open(keyHex) {
      const keys = deriveKeys(Buffer.from(keyHex, "hex"));
      return Promise.all(
        Array.from({ length: LOAD.connections }, async () => {
          const socket = createSocket("udp4", (packet) => {
            if (unprotect(keys, packet)) packets += 1;
          });
          socket.bind(0, "127.0.0.1");
          await once(socket, "listening");
          return socket.address().port;
        }),
      );
    },
    packets: () => packets,
  };
}
