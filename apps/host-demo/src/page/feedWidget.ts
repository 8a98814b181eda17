import {
  ClientEvent,
  type MatrixClient,
  type MatrixEvent,
  MatrixEventEvent,
  type ReceivedToDeviceMessage,
  RoomStateEvent,
  RoomStickyEventsEvent,
  type StickyMatrixEvent,
} from "matrix-js-sdk";
import type { ClientWidgetApi } from "matrix-widget-api";

import { ENCRYPTED_BY } from "./deviceExtension.ts";
import type { Devices } from "./Devices.ts";
import { provenEvent, rawEvent } from "./rawEvent.ts";

/** Ids of events that were passed on, so that none is passed on twice. */
const MAX_FED = 2_000;

export interface FeedDeps {
  readonly client: MatrixClient;
  readonly devices: Devices;
  readonly api: ClientWidgetApi;
  readonly roomId: string;
}

/**
 * Passes on what the client hears of one room, and to-device messages, each kind in the order in which it came.
 *
 * @returns stops it
 */
export function feedWidget({ api, client, devices, roomId }: FeedDeps): () => void {
  const fed = new Set<string>();
  let events: Promise<void> = Promise.resolve();
  let messages: Promise<void> = Promise.resolve();
  const room = client.getRoom(roomId);

  async function feed(event: MatrixEvent): Promise<void> {
    await client.decryptEventIfNeeded(event);
    const id = event.getId() ?? "";
    // What cannot be read yet comes again when it can.
    if (event.isDecryptionFailure() || event.isBeingDecrypted() || fed.has(id)) return;
    fed.add(id);
    for (const oldest of fed) {
      if (fed.size <= MAX_FED) break;
      fed.delete(oldest);
    }
    tell(api.feedEvent(await provenEvent(event, devices)));
  }
  const onEvent = (event: MatrixEvent): void => {
    // Own events on their way out come again from the homeserver.
    if (event.getRoomId() !== roomId || event.status !== null) return;
    events = events.then(() => feed(event)).catch(ignore);
  };
  const onSticky = (added: StickyMatrixEvent[], updated: { current: StickyMatrixEvent }[]): void => {
    for (const event of [...added, ...updated.map(({ current }) => current)]) onEvent(event);
  };
  const onState = (event: MatrixEvent): void => {
    if (event.getRoomId() === roomId) tell(api.feedStateUpdate(rawEvent(event)));
  };
  const onMessage = (received: ReceivedToDeviceMessage): void => {
    messages = messages.then(() => feedMessage(received)).catch(ignore);
  };
  async function feedMessage(received: ReceivedToDeviceMessage): Promise<void> {
    const { type, sender, content } = received.message;
    const encryptedBy = await devices.ofMessage(received);
    const message = { type, sender, content, ...(encryptedBy && { [ENCRYPTED_BY]: encryptedBy }) };
    tell(api.feedToDevice(message, received.encryptionInfo !== null));
  }

  client.on(ClientEvent.Event, onEvent);
  client.on(MatrixEventEvent.Decrypted, onEvent);
  client.on(RoomStateEvent.Events, onState);
  client.on(ClientEvent.ReceivedToDeviceMessage, onMessage);
  room?.on(RoomStickyEventsEvent.Update, onSticky);
  return () => {
    client.off(ClientEvent.Event, onEvent);
    client.off(MatrixEventEvent.Decrypted, onEvent);
    client.off(RoomStateEvent.Events, onState);
    client.off(ClientEvent.ReceivedToDeviceMessage, onMessage);
    room?.off(RoomStickyEventsEvent.Update, onSticky);
  };
}

/** A widget that does not answer is on its way out. */
function tell(telling: Promise<void>): void {
  telling.catch(ignore);
}

function ignore(): void {}
