import { type MatrixClient, type MatrixEvent, MatrixEventEvent, RoomEvent } from "matrix-js-sdk";

import { type CallEvent, callSentences } from "./callSentences.ts";
import { h } from "./h.ts";

const MESSAGE = "m.room.message";
const ENCRYPTED = "m.room.encrypted";
const MAX_SHOWN = 200;

/** The messages and calls of one room and a box to write in. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #client: MatrixClient;
  readonly #list = h("div", { class: "timeline", "data-testid": "host-timeline", "aria-live": "polite" });
  readonly #field = h("input", { "aria-label": "Message", placeholder: "Message", "data-testid": "host-message" });
  #roomId = "";
  #nextChange: ReturnType<typeof setTimeout> | undefined;

  constructor(client: MatrixClient) {
    this.#client = client;
    const form = h(
      "form",
      { class: "composer", submit: (event) => this.#send(event) },
      this.#field,
      h("button", {}, "Send"),
    );
    this.element = h("section", { class: "chat", "aria-label": "Chat" }, this.#list, form);
    const onNews = (event: MatrixEvent): void => {
      if (event.getRoomId() === this.#roomId) this.#show();
    };
    client.on(RoomEvent.Timeline, onNews);
    client.on(RoomEvent.LocalEchoUpdated, onNews);
    client.on(MatrixEventEvent.Decrypted, onNews);
  }

  open(roomId: string): void {
    this.#roomId = roomId;
    this.#show();
  }

  #show(): void {
    const events = (this.#client.getRoom(this.#roomId)?.getLiveTimeline().getEvents() ?? []).slice(-MAX_SHOWN);
    const nowMs = Date.now();
    const { changesAtMs, sentences } = callSentences(events.map(asCallEvent), this.#client.getSafeUserId(), nowMs);
    const joined = events.findLastIndex((event) => isJoinOf(event, this.#client.getSafeUserId()));
    this.#list.replaceChildren(
      ...events.flatMap((event, index) => line(event, sentences.get(event.getId() ?? ""), index < joined)),
    );
    this.#list.scrollTop = this.#list.scrollHeight;
    clearTimeout(this.#nextChange);
    if (changesAtMs !== undefined) this.#nextChange = setTimeout(() => this.#show(), changesAtMs - nowMs);
  }

  #send(event: Event): void {
    event.preventDefault();
    const text = this.#field.value.trim();
    if (text === "") return;
    this.#field.value = "";
    this.#client.sendTextMessage(this.#roomId, text).catch(() => {
      this.#field.value ||= text;
    });
  }
}

/** @param isBeforeJoin what was encrypted then was not meant for this user, and no key for it will come */
function line(event: MatrixEvent, sentence: string | undefined, isBeforeJoin: boolean): readonly HTMLElement[] {
  if (sentence !== undefined) return [h("p", { class: "note", dir: "auto" }, sentence)];
  // What is still being decrypted comes again when that is done.
  if (event.isBeingDecrypted() || event.getType() === ENCRYPTED) return [];
  if (event.isDecryptionFailure())
    return isBeforeJoin ? [] : [h("p", { class: "note" }, "Something that cannot be decrypted yet")];
  if (event.getType() !== MESSAGE) return [];
  const body: unknown = event.getContent()["body"];
  const text = typeof body === "string" ? body : "This cannot be read here";
  return [h("p", { dir: "auto" }, h("b", {}, nameOf(event)), text)];
}

/** A change of name is a membership, too. */
function isJoinOf(event: MatrixEvent, userId: string): boolean {
  const isOwn = event.getType() === "m.room.member" && event.getStateKey() === userId;
  return isOwn && event.getContent()["membership"] === "join" && event.getPrevContent()["membership"] !== "join";
}

function asCallEvent(event: MatrixEvent): CallEvent {
  return {
    id: event.getId() ?? "",
    type: event.getType(),
    sender: event.getSender() ?? "",
    name: nameOf(event),
    content: event.getContent(),
    sentAtMs: event.getTs(),
  };
}

function nameOf(event: MatrixEvent): string {
  return event.sender?.name ?? event.getSender() ?? "";
}
