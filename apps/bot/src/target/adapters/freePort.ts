import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the range out of which systems take ports for connections that go out: while a stack is being restarted, no
 * bot's connection can take its port, or even connect to itself on it. @see RFC 6335, section 6; ip(7)
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const MAX_TRIES = 50;

/** A port that neither TCP nor UDP uses on this machine now; 0, any that the system has, where none is found. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if ((await isTcpFree(port)) && (await isUdpFree(port))) return port;
    if (attempt === MAX_TRIES) return 0;
  }
}

async function isTcpFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port), "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch {
    return false;
  }
}

async function isUdpFree(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    socket.bind(port);
    await once(socket, "listening");
    socket.close();
    await once(socket, "close");
    return true;
  } catch {
    return false;
  }
}
