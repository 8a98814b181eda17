import type { ITransport } from "matrix-widget-api";

interface Internals {
  targetOrigin: string;
  readonly transportWindow: Window;
  sendInternal: (message: object) => void;
}

/** matrix-widget-api writes every message to the console, media keys and OpenID tokens included. Here it does not. */
export function quieten(transport: ITransport): void {
  const internals = transport as unknown as Internals;
  internals.sendInternal = (message) => internals.transportWindow.postMessage(message, internals.targetOrigin);
}
