import { once } from "node:events";
import { createServer, type Server } from "node:net";

const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** Listens on a free port of loopback; returns the port. */
export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

/** Ends a server and whatever is connected to it. */
export async function endServer(server: Server & { closeAllConnections?(): void }): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections?.();
  await closed;
}

/** A port that nobody has, below the range out of which the system gives ports: it stays free until it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    await endServer(server);
    if (isFree) return port;
  }
}
