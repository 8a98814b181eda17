import { ClientEvent, type MatrixClient, type MatrixEvent, MatrixEventEvent } from "matrix-js-sdk";

/** Resolves with the first event that `accept` takes, decrypted if it is encrypted. */
export function nextEvent(client: MatrixClient, accept: (event: MatrixEvent) => boolean): Promise<MatrixEvent> {
  return new Promise((resolve) => {
    const look = (event: MatrixEvent): void => {
      if (accept(event)) resolve(event);
    };
    client.on(ClientEvent.Event, look);
    client.on(MatrixEventEvent.Decrypted, look);
  });
}
